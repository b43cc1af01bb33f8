// `verify` of the real agent: PoCL and the reference NPU against the CPU, right and wrong; every frame validated.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { VerifyParams, VerifyResult } from "../../src/agent/protocol.gen";
import type { Progress } from "../../src/base/progress";
import type { Result } from "../../src/base/result";
import { virtualDrivers } from "../../src/device/virtual/drivers";
import { assertOneSentence } from "../fixtures/sentence";
import { type AgentUnderTest, agentPath, modelPath, needs, never, startAgent } from "./support/agent";

const drivers = virtualDrivers(process.cwd());

/** Starts something while these variables are set. */
async function withEnvironment<T>(variables: Readonly<Record<string, string>>, start: () => Promise<T>): Promise<T> {
  const before = process.env;
  process.env = { ...before, ...variables };
  try {
    return await start();
  } finally {
    process.env = before;
  }
}

describe("verify", function () {
  this.timeout(300_000);
  let agent: AgentUnderTest | undefined;

  before(function () {
    needs(this, "agent", "model");
  });
  afterEach(async () => {
    assert.deepEqual(agent?.validator.violations ?? [], []);
    await agent?.end();
    agent = undefined;
  });

  /** A new agent that holds the model, with these drivers. */
  async function ready(variables: Readonly<Record<string, string>>): Promise<{ session: AgentUnderTest["session"]; modelId: number }> {
    agent = await withEnvironment(variables, startAgent);
    const { session } = agent;
    const loaded = await session.request("model/load", { path: modelPath() ?? "", processors: ["cpu"] }, never);
    assert.ok(loaded.ok, loaded.ok ? "" : loaded.failure.message);
    return { session, modelId: loaded.value.modelId };
  }

  function must(answer: Result<VerifyResult>): VerifyResult {
    assert.ok(answer.ok, answer.ok ? "" : answer.failure.message);
    return answer.value;
  }

  const bothReady = (context: Mocha.Context): void => {
    const missing = agent?.session.hello.processors.filter(({ kind, state }) => kind !== "cpu" && state !== "ready");
    if (missing === undefined || missing.length === 0) return;
    process.stdout.write(`    skipped: ${missing.map(({ reason }) => reason).join(" ")}\n`);
    context.skip();
  };

  it("passes a GPU and an NPU that are right", async function () {
    const { session, modelId } = await ready(drivers);
    bothReady(this);
    const steps: Progress[] = [];
    const result = must(await session.request("verify", { modelId }, never, (step) => steps.push(step)));
    assert.deepEqual([result.passed, result.complete], [true, true]);
    assert.deepEqual(
      result.processors.map(({ kind }) => kind),
      ["cpu", "gpu", "npu"],
    );
    for (const row of result.rows) {
      assert.equal(row.outcome, "passed", JSON.stringify(row));
      assert.ok(row.nmse !== null && row.nmse <= result.bar && row.maxError !== null && row.reason === null);
    }
    const kinds = new Set(result.rows.filter(({ processor }) => processor === "gpu").map(({ kind }) => kind));
    for (const kind of ["embed", "norm", "matmul", "rope", "kv_append + attention", "activation", "add", "select"])
      assert.ok(kinds.has(kind), kind);
    assert.deepEqual(new Set(result.rows.filter(({ processor }) => processor === "npu").map(({ kind }) => kind)), new Set(["matmul"]));
    const measured = steps.filter(({ total }) => total > 0);
    assert.ok(measured.length > 0 && measured.every(({ stage, done, total }) => stage === "verify" && done <= total));
  });

  it("finds one shape that is wrong, on one processor", async function () {
    const { session, modelId } = await ready({ ...drivers, TANDEM_NPU_WRONG: "256x512" });
    bothReady(this);
    const result = must(await session.request("verify", { modelId }, never));
    assert.equal(result.passed, false);
    const wrong = result.rows.filter(({ outcome }) => outcome !== "passed");
    assert.deepEqual([...new Set(wrong.map(({ op, processor }) => `${processor} ${op}`))], ["npu blk.0.ffn_gate"]);
    for (const { outcome, nmse, reason, standsFor } of wrong) {
      assert.equal(outcome, "beyond");
      assert.ok(nmse !== null && nmse > result.bar && standsFor > 1);
      assertOneSentence(reason ?? "");
    }
  });

  it("goes on where a processor stops, and says where", async function () {
    const { session, modelId } = await ready({ ...drivers, TANDEM_NPU_FAIL_AT: "4" });
    bothReady(this);
    const result = must(await session.request("verify", { modelId }, never));
    assert.deepEqual([result.passed, result.complete], [false, true]);
    const failed = result.rows.filter(({ outcome }) => outcome === "failed");
    assert.equal(failed.length, 1);
    assertOneSentence(failed[0]?.reason ?? "");
    assert.equal(result.rows.filter(({ processor }) => processor === "npu").length, 4);
    assert.equal(result.rows.at(-1)?.processor, "gpu");
  });

  it("keeps what it has when it is stopped", async function () {
    const { session, modelId } = await ready(drivers);
    bothReady(this);
    const abort = new AbortController();
    const result = must(await session.request("verify", { modelId }, abort.signal, ({ done }) => done > 5 && abort.abort()));
    assert.deepEqual([result.passed, result.complete], [false, false]);
    assert.ok(result.rows.length > 0 && result.rows.every(({ outcome }) => outcome === "passed"));
  });

  it("says so where there is nothing to compare, and refuses what it does not know", async () => {
    const { session, modelId } = await ready({ TANDEM_OPENCL_LIBRARY: "/none", TANDEM_QNN_LIBRARY: "/none" });
    const ask = async (more: Partial<VerifyParams>, code: string): Promise<void> => {
      const answer = await session.request("verify", { modelId, ...more }, never);
      assert.ok(!answer.ok && answer.failure.code === code, JSON.stringify(answer));
      assertOneSentence(answer.failure.message);
    };
    await ask({}, "processor-missing");
    await ask({ processors: ["npu"] }, "processor-missing");
    await ask({ modelId: 99 }, "not-found");
    await ask({ processors: ["cpu" as "gpu"] }, "invalid-argument");
    // This one was no valid request.
    agent?.validator.violations.splice(0);
  });

  it("is a command whose status says what was found", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "tandem-verify-"));
    const tandem = (args: readonly string[], variables: Readonly<Record<string, string>>): Promise<{ code: number | null; stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        const env = { HOME: folder, XDG_DATA_HOME: folder, PATH: "", ANDROID_ADB_SERVER_PORT: "1", ...variables };
        const command = ["verify", "--device", "local", "--agent", agentPath, modelPath() ?? "", ...args];
        const child = spawn(process.execPath, [path.resolve("dist/cli.js"), ...command], { cwd: folder, env });
        let stdout = "";
        let stderr = "";
        child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
        child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
        child.on("close", (code) => resolve({ code, stdout, stderr }));
      });
    try {
      const right = await tandem(["--processors", "npu"], drivers);
      assert.equal(right.code, 0, right.stderr);
      assert.match(right.stdout, /^OP +KIND +LIKE IT +SHAPE +TYPE +ON +TOKENS +NMSE +MAX ERROR +RESULT$/m);
      assert.match(right.stdout, /^blk\.0\.ffn_down +matmul +\d+ +512 → 256 +Q8_0 +NPU +1 3 33 64 135 +\S+e-\d+ +\S+ +passed$/m);
      assert.match(right.stdout, /^NPU \(.*\): \d+ comparisons, all within the bar$/m);
      const wrong = await tandem(["--json", "--processors", "npu"], { ...drivers, TANDEM_NPU_WRONG: "512x256" });
      assert.equal(wrong.code, 1, wrong.stdout);
      const document = JSON.parse(wrong.stdout) as { ok: boolean; origin: string } & VerifyResult;
      assert.deepEqual([document.ok, document.origin, document.passed], [false, "measured", false]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
