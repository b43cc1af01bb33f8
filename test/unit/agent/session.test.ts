import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { StreamMessageReader, StreamMessageWriter, type RequestMessage } from "vscode-jsonrpc/node";
import type { AgentProcess, ExitReason } from "../../../src/device/device";
import { type HelloResult, protocolVersion } from "../../../src/agent/protocol.gen";
import { AgentSession } from "../../../src/agent/session";
import type { Progress } from "../../../src/base/progress";

const greeting: HelloResult = {
  agent: { version: "0", target: "linux-x64", build: "test", executableHash: "" },
  protocol: protocolVersion,
  pid: 1,
  device: { os: "", arch: "x86_64", cpu: "", cores: [], memoryBytes: 1, memoryAvailableBytes: 1, pageBytes: 4096 },
  processors: [],
  notes: [],
};

/** The far end of a session: real frames over real streams, with answers chosen by the test. */
class FarEnd implements AgentProcess {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly received: RequestMessage[] = [];
  killed = false;
  private end: (end: ExitReason) => void = () => undefined;
  readonly exited = new Promise<ExitReason>((resolve) => (this.end = resolve));
  private readonly writer = new StreamMessageWriter(this.stdout);
  private arrived: () => void = () => undefined;

  constructor(private readonly answer: (request: RequestMessage, far: FarEnd) => void = () => undefined) {
    new StreamMessageReader(this.stdin).listen((message) => {
      const request = message as RequestMessage;
      this.received.push(request);
      this.arrived();
      if (request.method === "hello") void this.send({ id: request.id, result: greeting });
      else this.answer(request, this);
    });
  }

  send(frame: object): Promise<void> {
    return this.writer.write({ jsonrpc: "2.0", ...frame });
  }

  async receives(method: string): Promise<RequestMessage> {
    for (;;) {
      const found = this.received.find((request) => request.method === method);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }

  die(end: ExitReason): void {
    this.stdout.end();
    this.end(end);
  }

  kill(): void {
    this.killed = true;
    this.die({ kind: "signalled", signal: "SIGKILL" });
  }
}

const never = new AbortController().signal;
const options = { deviceName: "Pixel 9", clientVersion: "0.0.0" };

async function start(far: FarEnd, more: object = {}): Promise<AgentSession> {
  const session = await AgentSession.start(far, { ...options, ...more }, never);
  assert.ok(session.ok);
  return session.value;
}

describe("AgentSession", () => {
  it("matches answers to requests in any order", async () => {
    const held: RequestMessage[] = [];
    const far = new FarEnd((request) => {
      held.push(request);
      if (held.length === 2) for (const each of held.reverse()) void far.send({ id: each.id, result: { busy: each.method } });
    });
    const session = await start(far);
    const [status, empty] = await Promise.all([
      session.request("device/status", {}, never),
      session.request("shutdown", {}, never),
    ]);
    assert.ok(status.ok && empty.ok);
    assert.equal(status.value.busy, "device/status");
    session.dispose();
  });

  it("hands progress to the request that it names", async () => {
    const far = new FarEnd((request) => {
      const progress = { requestId: request.id, stage: "repack", done: 1, total: 2, unit: "bytes" };
      void far.send({ method: "progress", params: { ...progress, requestId: 999 } });
      void far.send({ method: "progress", params: progress });
      void far.send({ id: request.id, result: {} });
    });
    const session = await start(far);
    const steps: Progress[] = [];
    await session.request("model/load", { path: "x" }, never, (step) => steps.push(step));
    assert.deepEqual(steps, [{ stage: "repack", done: 1, total: 2, unit: "bytes" }]);
    session.dispose();
  });

  it("passes the agent's code, sentence and context on", async () => {
    const data = { code: "gguf-truncated", context: { offset: "12" } };
    const far = new FarEnd(({ id }) => void far.send({ id, error: { code: -32000, message: "It ends early.", data } }));
    const session = await start(far);
    const answer = await session.request("model/load", { path: "x" }, never);
    const expected = { code: "gguf-truncated", message: "It ends early.", context: { offset: "12" } };
    assert.deepEqual(answer, { ok: false, failure: expected });
    session.dispose();
  });

  it("turns an aborted signal into $/cancelRequest and waits for the answer", async () => {
    const far = new FarEnd((request) => {
      if (request.method === "$/cancelRequest") {
        const { id } = request.params as unknown as { id: number };
        void far.send({ id, result: { text: "half", finish: "cancelled" } });
      }
    });
    const session = await start(far);
    const abort = new AbortController();
    const answer = session.request("generate", { modelId: 1, runId: "r", prompt: "", maxTokens: 9 }, abort.signal);
    const sent = await far.receives("generate");
    abort.abort();
    const result = await answer;
    assert.ok(result.ok);
    assert.equal(result.value.text, "half");
    assert.deepEqual((await far.receives("$/cancelRequest")).params, { id: sent.id });
    session.dispose();
  });

  it("settles what is pending when the process dies, with its exit and the end of its log", async () => {
    const far = new FarEnd((request) => {
      if (request.method === "generate") far.die({ kind: "exited", code: 3 });
    });
    const readLog = () => Promise.resolve({ ok: true as const, value: "one\ntwo\n" });
    const session = await start(far, { readLog });
    const pending = [
      session.request("device/status", {}, never),
      session.request("generate", { modelId: 1, runId: "r", prompt: "", maxTokens: 9 }, never),
    ];
    for (const answer of await Promise.all(pending)) {
      assert.ok(!answer.ok);
      assert.equal(answer.failure.code, "agent-crashed");
      assert.deepEqual(answer.failure.context, { exit: "exited with code 3", log: "one\ntwo" });
    }
    assert.equal((await session.ended).code, "agent-crashed");
    assert.equal(session.alive, false);
    const later = await session.request("device/status", {}, never);
    assert.equal(later.ok ? "" : later.failure.code, "agent-crashed");
  });

  it("delivers an answer that came just before the end", async () => {
    const far = new FarEnd(({ id }) => {
      const sent = far.send({ id, result: { busy: "last words" } });
      void sent.then(() => far.die({ kind: "exited", code: 0 }));
    });
    const session = await start(far);
    const answer = await session.request("device/status", {}, never);
    assert.equal(answer.ok ? answer.value.busy : answer.failure.code, "last words");
  });

  it("tells a lost connection from a crash", async () => {
    const far = new FarEnd(() => far.die({ kind: "connection-lost" }));
    const session = await start(far);
    const answer = await session.request("device/status", {}, never);
    assert.equal(answer.ok ? "" : answer.failure.code, "connection-lost");
    assert.match(answer.ok ? "" : answer.failure.message, /Pixel 9/);
  });

  it("ends an agent that says nothing while a request is pending", async () => {
    const far = new FarEnd();
    const session = await start(far, { hangSeconds: 1 });
    const answer = await session.request("device/status", {}, never);
    assert.equal(answer.ok ? "" : answer.failure.code, "agent-hung");
    assert.ok(far.killed);
  });

  it("ends an agent that sends something else than frames", async () => {
    const far = new FarEnd(() => far.stdout.write("Illegal instruction\n"));
    const session = await start(far);
    const answer = await session.request("device/status", {}, never);
    assert.ok(!answer.ok);
    assert.equal(answer.failure.code, "agent-garbled");
    assert.deepEqual(answer.failure.context, { received: "Illegal instruction" });
    assert.ok(far.killed);
  });

  it("ends an agent whose frame is not JSON", async () => {
    const far = new FarEnd(() => far.stdout.write("Content-Length: 4\r\n\r\n{]}!"));
    const session = await start(far);
    const answer = await session.request("device/status", {}, never);
    assert.equal(answer.ok ? "" : answer.failure.code, "agent-garbled");
  });

  it("refuses an agent of another protocol", async () => {
    const other = new FarEnd();
    other.send = (frame) => FarEnd.prototype.send.call(other, { ...frame, result: { ...greeting, protocol: 99 } });
    const session = await AgentSession.start(other, options, never);
    assert.equal(session.ok ? "" : session.failure.code, "protocol-mismatch");
    assert.ok(other.killed);
  });

  it("survives a write to a process that is gone", async () => {
    const far = new FarEnd();
    const session = await start(far);
    far.stdin.destroy(new Error("EPIPE"));
    const answer = session.request("device/status", {}, never);
    far.die({ kind: "signalled", signal: "SIGSEGV" });
    const result = await answer;
    assert.equal(result.ok ? "" : result.failure.code, "agent-crashed");
  });
});
