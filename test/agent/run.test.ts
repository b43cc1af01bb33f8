import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ChatMessage } from "../../src/model/chatTemplate";
import { benchmark } from "../../src/run/benchmark";
import { type RunOutcome, runPrompt } from "../../src/run/runPrompt";
import { RunStore } from "../../src/run/runStore";
import { decodeTrace } from "../../src/trace/decode";
import type { Trace } from "../../src/trace/trace";
import { modelPath, needs, never } from "./support/agent";
import { Workplace, listenTo, rambling } from "./support/device";
import { makeSlowModel, makeWideModel } from "./support/slowModel";
import { assertOneSentence } from "../fixtures/sentence";

describe("a run on this computer", function () {
  this.timeout(60_000);
  let place: Workplace;

  before(function () {
    needs(this, "agent", "model");
  });
  beforeEach(async () => (place = await Workplace.make()));
  afterEach(() => place.end());

  async function run(...[request, listener, signal]: Parameters<typeof runHere>): Promise<RunOutcome> {
    const outcome = await runHere(request, listener, signal);
    assert.ok(outcome.ok, outcome.ok ? "" : outcome.failure.message);
    return outcome.value;
  }

  function runHere(request = place.request(), listener = listenTo(), signal = never) {
    return runPrompt(place.environment, request, listener, signal);
  }

  async function traceOf(outcome: RunOutcome): Promise<Trace> {
    const decoded = decodeTrace(await readFile(outcome.tracePath ?? ""));
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.failure.message);
    return decoded.value;
  }

  async function listed() {
    const runs = await place.store.list();
    assert.ok(runs.ok);
    return runs.value;
  }

  it("streams its answer, and its trace tells the same story as its statistics", async () => {
    const listener = listenTo();
    const outcome = await run(place.request(), listener);
    assert.equal(listener.texts.join(""), outcome.text);
    assert.equal(outcome.failure, undefined);
    const trace = await traceOf(outcome);
    assert.equal(trace.header?.origin, "measured");
    assert.equal(trace.header.deviceName, place.device.name);
    assert.equal(trace.footer?.finish, outcome.finish);
    assert.equal(trace.footer.text, outcome.text);
    assert.equal(trace.footer.stats.generatedTokens, outcome.stats?.generatedTokens);
    assert.deepEqual(trace.damage, { garbledPackets: 0, unfinished: 0, unmatchedEnds: 0 });
    const [stored] = await listed();
    assert.equal(stored?.path, outcome.tracePath);
    assert.equal(stored?.record?.finish, outcome.finish);
    assert.equal(stored.problem, undefined);
  });

  it("keeps agent and model for the next one", async () => {
    const first = await run();
    const second = await run();
    assert.equal(second.prepared, first.prepared);
    assert.equal(second.model, first.model);
    assert.equal(second.text, first.text);
    const other = await run(place.request({ settings: { contextLength: 256 } }));
    assert.equal(other.prepared, first.prepared);
    assert.equal(other.model.load.contextLength, 256);
  });

  it("takes the earlier turns of a chat from the cache", async () => {
    const question: ChatMessage = { role: "user", content: "What is prefill?" };
    const first = await run(place.request({ messages: [question] }));
    const answer: ChatMessage = { role: "assistant", content: first.text };
    const messages = [question, answer, { role: "user", content: "And decode?" } as const];
    const second = await run(place.request({ messages }));
    assert.ok((second.stats?.cachedTokens ?? 0) > 0);
    assert.ok((second.stats?.promptTokens ?? 0) > (first.stats?.promptTokens ?? 0));
  });

  it("keeps text and trace when it is stopped", async () => {
    const abort = new AbortController();
    const listener = listenTo((index) => index === 3 && abort.abort());
    const outcome = await run(place.request({ settings: rambling }), listener, abort.signal);
    assert.equal(outcome.finish, "cancelled");
    assert.equal(outcome.text, listener.texts.join(""));
    assert.ok(outcome.tokens >= 4 && outcome.tokens < 400);
    const trace = await traceOf(outcome);
    assert.equal(trace.footer?.finish, "cancelled");
    const again = await run();
    assert.equal(again.failure, undefined);
  });

  it("keeps text and trace when the agent is killed, and the next run works", async () => {
    const listener = listenTo((index) => {
      const pid = place.sessions.get("local")?.hello.pid;
      // By then a piece of the trace has come: they are sent four times a second.
      if (index === 20 && pid !== undefined) process.kill(pid, "SIGKILL");
    });
    const outcome = await run(place.request({ settings: rambling }), listener);
    assert.equal(outcome.finish, "failed");
    assert.equal(outcome.failure?.code, "agent-crashed");
    assert.match(outcome.failure.message, /SIGKILL at token \d+: run again, /);
    assertOneSentence(outcome.failure.message);
    assert.equal(outcome.text, listener.texts.join(""));
    assert.ok(outcome.tokens >= 21);
    if (outcome.tracePath !== undefined) {
      assert.match(outcome.failure.message, /the trace up to there is kept\.$/);
      const trace = await traceOf(outcome);
      assert.equal(trace.footer, undefined);
      assert.equal((await listed())[0]?.problem, outcome.failure.message);
    }
    const again = await run();
    assert.equal(again.failure, undefined);
    assert.notEqual(again.prepared, outcome.prepared);
  });

  it("keeps text and trace when the agent hangs, and the next run works", async () => {
    const patient = await Workplace.make(2);
    try {
      const slow = await makeSlowModel(patient.folder);
      const began = performance.now();
      let stopped = false;
      const listener = listenTo(() => {
        const pid = patient.sessions.get("local")?.hello.pid;
        // By then a piece of the trace has come: they are sent four times a second.
        if (stopped || pid === undefined || performance.now() - began < 1500) return;
        stopped = true;
        process.kill(pid, "SIGSTOP");
      });
      const request = patient.request({ model: slow, plain: true, settings: { maxTokens: 1500 } });
      const outcome = await runPrompt(patient.environment, request, listener, never);
      assert.ok(outcome.ok, outcome.ok ? "" : outcome.failure.message);
      const { failure, text, tracePath, tokens } = outcome.value;
      assert.equal(failure?.code, "agent-hung");
      assert.match(failure.message, /stopped answering at token \d+ .*; the trace up to there is kept\.$/);
      assertOneSentence(failure.message);
      assert.equal(text, listener.texts.join(""));
      assert.ok(tokens > 1);
      const decoded = decodeTrace(await readFile(tracePath ?? ""));
      assert.ok(decoded.ok && decoded.value.slices.count > 0);
      const again = await runPrompt(patient.environment, patient.request(), listenTo(), never);
      assert.ok(again.ok && again.value.failure === undefined);
    } finally {
      await patient.end();
    }
  });

  it("records nothing when it is told not to", async () => {
    const outcome = await run(place.request({ trace: false }));
    assert.equal(outcome.tracePath, undefined);
    assert.deepEqual(await listed(), []);
  });

  it("goes on, and says so, where the trace cannot be stored", async () => {
    await writeFile(path.join(place.folder, "file"), "");
    const store = new RunStore(path.join(place.folder, "file", "runs"));
    const outcome = await runPrompt({ ...place.environment, store }, place.request(), listenTo(), never);
    assert.ok(outcome.ok);
    assert.ok(outcome.value.text.length > 0);
    const told = outcome.value.notes.filter((note) => note.includes("cannot be stored"));
    assert.equal(told.length, 1);
    assertOneSentence(told[0] ?? "");
  });

  it("says that a prompt is too long, leaves no run behind, and goes on", async () => {
    const content = "Why does an NPU need fixed shapes? ".repeat(1000);
    const outcome = await runHere(place.request({ messages: [{ role: "user", content }] }));
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.code, "prompt-too-long");
    assertOneSentence(outcome.failure.message);
    assert.deepEqual(await listed(), []);
    const session = place.sessions.get("local")?.session;
    assert.equal((await run()).failure, undefined);
    assert.equal(place.sessions.get("local")?.session, session, "the same agent answered");
  });

  it("says that a model does not fit in memory, and goes on", async () => {
    const wide = await makeWideModel(place.folder);
    const outcome = await runHere(place.request({ model: wide, settings: { contextLength: 1 << 20 } }));
    assert.ok(!outcome.ok);
    assert.equal(outcome.failure.code, "model-does-not-fit");
    assertOneSentence(outcome.failure.message);
    assert.equal((await run()).failure, undefined);
  });

  it("stops before it begins when it is cancelled already", async () => {
    const outcome = await runHere(place.request(), listenTo(), AbortSignal.abort());
    assert.equal(outcome.ok ? "" : outcome.failure.code, "cancelled");
    assert.equal(place.sessions.get("local"), undefined);
  });

  it("benchmarks on the same path", async () => {
    const request = { device: place.device, model: modelPath() ?? "", prefill: [16], decode: [4], repetitions: 2 };
    const outcome = await benchmark(place.environment, { ...request, warmUp: false, threads: 1 }, () => undefined, never);
    assert.ok(outcome.ok, outcome.ok ? "" : outcome.failure.message);
    assert.deepEqual(outcome.value.rows.map(({ test }) => test), ["pp16", "tg4"]);
    assert.equal(outcome.value.model.load.threads, 1);
  });
});
