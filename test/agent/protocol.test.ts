import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GenerateParams, ModelLoadResult, TokenParams } from "../../src/agent/protocol.gen";
import { launch, needs, startAgent, agentPath, modelPath, never, type AgentUnderTest } from "./support/agent";
import { assertOneSentence } from "../fixtures/sentence";
import { Endings } from "./support/endings";
import { makeSlowModel } from "./support/slowModel";
import { tap } from "./support/tap";
import { AgentSession } from "../../src/agent/session";

describe("the agent's protocol", function () {
  this.timeout(60_000);
  let agent: AgentUnderTest;
  let model: ModelLoadResult;

  before(async function () {
    needs(this, "agent", "model");
    agent = await startAgent();
    endings.add(() => agent.end());
    const loaded = await agent.session.request("model/load", { path: modelPath() ?? "" }, never);
    assert.ok(loaded.ok, loaded.ok ? "" : loaded.failure.message);
    model = loaded.value;
  });
  const endings = new Endings();
  after(() => endings.run());
  afterEach(() => assert.deepEqual(agent.validator.violations, []));

  let runs = 0;
  const params = (more: Partial<GenerateParams> = {}): GenerateParams => ({
    modelId: model.modelId,
    runId: `run-${++runs}`,
    prompt: "Once upon a time",
    maxTokens: 16,
    ...more,
  });

  async function generate(more: Partial<GenerateParams> = {}, signal = never) {
    const tokens: TokenParams[] = [];
    const request = params(more);
    const listener = agent.session.onToken((token) => token.runId === request.runId && tokens.push(token));
    const answer = await agent.session.request("generate", request, signal);
    listener.dispose();
    return { answer, tokens };
  }

  /** Resolves at the nth token of any run. */
  function tokenNumber(n: number): Promise<void> {
    return new Promise((resolve) => {
      let seen = 0;
      const listener = agent.session.onToken(() => {
        if (++seen < n) return;
        listener.dispose();
        resolve();
      });
    });
  }

  it("greets with its facts", () => {
    const { hello } = agent.session;
    assert.equal(hello.pid, agent.pid);
    assert.match(hello.agent.executableHash, /^[0-9a-f]{64}$/);
    assert.ok(hello.processors.some((processor) => processor.kind === "cpu" && processor.state === "ready"));
    for (const { state, reason } of hello.processors) assert.equal(state === "ready", reason === null);
    assert.ok(hello.device.memoryBytes > hello.device.memoryAvailableBytes);
  });

  it("says what a loaded model takes, counted once", () => {
    const { total, ...parts } = model.memory;
    assert.equal(total, Object.values(parts).reduce((sum, bytes) => sum + bytes, 0));
    assert.ok(model.parameters > 0 && model.layers > 0 && model.threads > 0);
  });

  it("streams exactly the text that it returns", async () => {
    const { answer, tokens } = await generate();
    assert.ok(answer.ok);
    assert.equal(tokens.map((token) => token.text).join(""), answer.value.text);
    assert.deepEqual(tokens.map((token) => token.index), [...tokens.keys()]);
    assert.ok(answer.value.stats.generatedTokens >= tokens.length);
    const shares = answer.value.ranOn.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(shares - 1) < 1e-6);
  });

  it("gives the same greedy text twice, the second time from the cache", async () => {
    const first = await generate({ sampler: { temperature: 0 } });
    const second = await generate({ sampler: { temperature: 0 } });
    assert.ok(first.answer.ok && second.answer.ok);
    assert.equal(second.answer.value.text, first.answer.value.text);
    assert.ok(second.answer.value.stats.cachedTokens > 0);
  });

  it("sends a trace in order, ended by its last piece", async () => {
    const chunks: { sequence: number; last: boolean; bytes: number }[] = [];
    const listener = agent.session.onTraceChunk(({ sequence, last, base64 }) =>
      chunks.push({ sequence, last, bytes: Buffer.from(base64, "base64").length }),
    );
    const { answer } = await generate({ trace: {} });
    listener.dispose();
    assert.ok(answer.ok && answer.value.trace !== null);
    assert.deepEqual(chunks.map(({ sequence }) => sequence), [...chunks.keys()]);
    assert.deepEqual(chunks.map(({ last }) => last), chunks.map((_, at) => at === chunks.length - 1));
    assert.equal(chunks.reduce((sum, { bytes }) => sum + bytes, 0), answer.value.trace.bytes);
  });

  it("stops when cancelled and keeps the text so far", async () => {
    const abort = new AbortController();
    void tokenNumber(3).then(() => abort.abort());
    const { answer, tokens } = await generate({ maxTokens: 400 }, abort.signal);
    assert.ok(answer.ok);
    // A fast agent may be through before the cancellation reaches it; then it must have ended by itself.
    if (answer.value.finish === "cancelled") assert.ok(tokens.length < 400);
    assert.equal(tokens.map((token) => token.text).join(""), answer.value.text);
    assert.ok(tokens.length >= 3);
  });

  it("answers a status while it generates, and refuses a second run", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "tandem-protocol-"));
    endings.add(() => rm(folder, { recursive: true, force: true }));
    const slow = await agent.session.request("model/load", { path: await makeSlowModel(folder) }, never);
    assert.ok(slow.ok, slow.ok ? "" : slow.failure.message);
    const { modelId } = slow.value;
    const abort = new AbortController();
    const running = generate({ modelId, maxTokens: 1500 }, abort.signal);
    await tokenNumber(1);
    const [status, second] = await Promise.all([agent.session.request("device/status", {}, never), generate()]);
    abort.abort();
    const first = await running;
    assert.ok(status.ok && first.answer.ok);
    assert.equal(status.value.busy, "generate");
    assert.ok(!second.answer.ok);
    assert.equal(second.answer.failure.code, "busy");
    const unloaded = await agent.session.request("model/unload", { modelId }, never);
    assert.ok(unloaded.ok);
    assert.ok(status.value.agentMemoryBytes > 0);
    const idle = await agent.session.request("device/status", {}, never);
    assert.equal(idle.ok && idle.value.busy, null);
  });

  it("refuses a prompt longer than the context, with both numbers", async () => {
    const { answer } = await generate({ prompt: "once upon a time ".repeat(2000) });
    assert.ok(!answer.ok);
    assert.equal(answer.failure.code, "prompt-too-long");
    assert.match(answer.failure.message, /\d.*\d/);
  });

  it("ends at a stop string, without it", async () => {
    const whole = await generate({ sampler: { temperature: 0 } });
    assert.ok(whole.answer.ok);
    const stop = whole.answer.value.text.slice(4, 8);
    const cut = await generate({ sampler: { temperature: 0 }, stop: [stop] });
    assert.ok(cut.answer.ok);
    assert.equal(cut.answer.value.finish, "stop-string");
    assert.equal(cut.answer.value.text, whole.answer.value.text.slice(0, whole.answer.value.text.indexOf(stop)));
  });

  it("measures like llama-bench", async () => {
    const request = { modelId: model.modelId, prefill: [16], decode: [4], repetitions: 2, warmUp: false };
    const bench = await agent.session.request("bench", request, never);
    assert.ok(bench.ok);
    assert.deepEqual(bench.value.rows.map((row) => row.test), ["pp16", "tg4"]);
    for (const row of bench.value.rows) {
      assert.equal(row.samples.length, 2);
      assert.ok(row.samples.every((rate) => rate > 0) && row.deviation >= 0);
    }
  });

  it("knows only models that are loaded", async () => {
    const { answer } = await generate({ modelId: 4711 });
    assert.equal(answer.ok ? "" : answer.failure.code, "not-found");
    const unload = await agent.session.request("model/unload", { modelId: 4711 }, never);
    assert.equal(unload.ok ? "" : unload.failure.code, "not-found");
  });

  it("lives on after requests that are wrong", async () => {
    const wrong: [string, unknown, number | string][] = [
      ["no/such/method", {}, -32601],
      ["generate", { modelId: model.modelId }, -32602],
      ["generate", { ...params(), maxTokens: "many" }, -32602],
      ["generate", { ...params(), surprise: 1 }, -32602],
      ["model/load", [1, 2], -32602],
      ["model/load", null, -32602],
    ];
    const process = launch(agentPath, ["serve"]);
    const tapped = tap(process);
    const send = (text: string): void =>
      void process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    try {
      for (const [at, [method, parameters, code]] of wrong.entries()) {
        const id = 100 + at;
        tapped.validator.fromClient({ id, method, params: parameters }, true);
        send(JSON.stringify({ jsonrpc: "2.0", id, method, params: parameters }));
        const answer = await tapped.next((frame) => frame.id === id);
        assert.equal(answer.error?.code, code, `${method}: ${JSON.stringify(answer)}`);
      }
      send("{ this is not JSON");
      send("[1, 2");
      send(JSON.stringify({ jsonrpc: "2.0", id: 900, result: {} }));
      const client = { deviceName: "this computer", clientVersion: "test" };
      const session = await AgentSession.start(tapped.streams, client, never);
      assert.ok(session.ok, session.ok ? "" : session.failure.message);
      assert.deepEqual(tapped.validator.violations, []);
      session.value.dispose();
    } finally {
      process.kill();
    }
  });

  it("refuses a prompt whose bytes are not UTF-8, and lives on", async () => {
    const process = launch(agentPath, ["serve"]);
    const tapped = tap(process);
    try {
      const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "generate", params: params() }));
      bytes.writeUInt8(0xff, bytes.indexOf("upon"));
      process.stdin.write(`Content-Length: ${String(bytes.length)}\r\n\r\n`);
      process.stdin.write(bytes);
      const refused = await tapped.next((frame) => frame.id === null);
      assert.equal(refused.error?.code, -32700);
      assertOneSentence(refused.error.message);
      const client = { deviceName: "this computer", clientVersion: "test" };
      const session = await AgentSession.start(tapped.streams, client, never);
      assert.ok(session.ok, session.ok ? "" : session.failure.message);
      session.value.dispose();
    } finally {
      process.kill();
    }
  });

  it("ends when its input ends", async () => {
    const process = launch(agentPath, ["serve"]);
    process.stdin.end();
    assert.deepEqual(await process.exited, { kind: "exited", code: 0 });
  });
});
