// Traces of the real agent, measured and modeled, read by two readers; the analyses against the agent's own sums.
import assert from "node:assert/strict";
import { overlap } from "../../src/trace/analysis/overlap";
import { criticalPath } from "../../src/trace/analysis/criticalPath";
import { headerCosts, headerRoofs, solverSettings } from "../../src/trace/analysis/costs";
import { syncLedger } from "../../src/trace/analysis/syncLedger";
import { decodeTrace } from "../../src/trace/decode";
import type { Trace } from "../../src/trace/trace";
import { assertReadersAgree } from "../fixtures/perfetto/agree";
import type { ReadTrace } from "../fixtures/perfetto/reader";
import { type AgentUnderTest, modelPath, needs, never, startAgent } from "./support/agent";
import { Endings } from "./support/endings";

describe("traces of the real agent", function () {
  this.timeout(60_000);
  let agent: AgentUnderTest;
  const endings = new Endings();
  before(async function () {
    needs(this, "agent", "model");
    agent = await startAgent();
    endings.add(() => agent.end());
  });
  after(() => endings.run());

  /** Both readers' view of what a request sends as `trace/chunk`. */
  async function traced(runId: string, request: () => Promise<unknown>): Promise<{ trace: Trace; read: ReadTrace }> {
    const chunks: Buffer[] = [];
    const listener = agent.session.onTraceChunk((chunk) => {
      if (chunk.runId === runId) chunks.push(Buffer.from(chunk.base64, "base64"));
    });
    await request();
    listener.dispose();
    const bytes = Buffer.concat(chunks);
    const decoded = decodeTrace(bytes, "agent.pftrace");
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.failure.message);
    return { trace: decoded.value, read: assertReadersAgree(bytes, decoded.value) };
  }

  it("are read without loss when measured", async () => {
    const loaded = await agent.session.request("model/load", { path: modelPath() ?? "" }, never);
    assert.ok(loaded.ok, loaded.ok ? "" : loaded.failure.message);
    const params = { modelId: loaded.value.modelId, runId: "m", prompt: "Once upon a time", maxTokens: 12, trace: {} };
    const { trace, read } = await traced("m", async () => {
      const answer = await agent.session.request("generate", params, never);
      assert.ok(answer.ok, answer.ok ? "" : answer.failure.message);
    });
    assert.deepEqual(
      read.instants.map(({ name }) => name),
      ["tandem.header", "tandem.footer"],
    );
    assert.ok(read.slices.filter(({ categories }) => categories.includes("op")).length > 100);
    const path = criticalPath(trace);
    assert.equal(path.to[path.count - 1], trace.durationNs);
  });

  it("are read without loss when modeled, and our analyses give the agent's sums", async () => {
    let told: { overlapPercent: number; exposedSyncPercent: number; joins: number } | undefined;
    const { trace, read } = await traced("s", async () => {
      const answer = await agent.session.request(
        "simulate",
        {
          model: { shape: "llama-3-8b", type: "Q4_0" },
          costs: { soc: "snapdragon-8-gen-3" },
          promptTokens: 256,
          maxTokens: 8,
          runId: "s",
          trace: {},
        },
        never,
      );
      assert.ok(answer.ok, answer.ok ? "" : answer.failure.message);
      told = answer.value;
    });
    assert.ok(told !== undefined && read.slices.length > 1000);
    assert.equal(trace.header?.origin, "modeled");
    assert.ok(headerCosts(trace.header)?.joinNs.driver);
    assert.ok(headerRoofs(trace.header).npu);
    assert.equal(solverSettings(trace.header)?.sync, "fast");
    const { percent } = overlap(trace);
    assert.ok(Math.abs(percent - told.overlapPercent) < 0.1, `${String(percent)} is not ${String(told.overlapPercent)}`);
    const ledger = syncLedger(trace);
    assert.ok(
      Math.abs(ledger.exposedPercent - told.exposedSyncPercent) < 0.1,
      `${String(ledger.exposedPercent)} is not ${String(told.exposedSyncPercent)}`,
    );
    assert.equal(ledger.total.joins, told.joins);
    assert.deepEqual([...new Set(ledger.rows.map(({ kind }) => kind))], ["fast"]);
  });
});
