import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { silentLog } from "../../src/base/log";
import type { Device } from "../../src/device/device";
import { type RunListener, type RunOutcome, runPrompt } from "../../src/run/runPrompt";
import { RunStore } from "../../src/run/runStore";
import { AgentSessions } from "../../src/run/sessions";
import { defaultSettings } from "../../src/run/settings";
import { decodeTrace } from "../../src/trace/decode";
import { Bench, patient, until } from "../phone/support";
import { agentPath, modelPath, needs, never } from "./support/agent";
import { Endings } from "./support/endings";
import { listenTo } from "./support/device";
import { makeSlowModel } from "./support/slowModel";
import { assertOneSentence } from "../fixtures/sentence";

/** True once, when the run is so old that pieces of its trace have left the agent, which sends them every 250 ms. */
function onceLate(): () => boolean {
  let firstAt: number | undefined;
  let told = false;
  return () => {
    firstAt ??= performance.now();
    if (told || performance.now() - firstAt < 800) return false;
    return (told = true);
  };
}

describe("a run on the virtual phone, over the real adb", function () {
  this.timeout(120_000);
  let bench: Bench;
  let phone: Device;
  let sessions: AgentSessions;
  let store: RunStore;
  let slow: string;

  before(async function () {
    needs(this, "agent", "model");
    bench = await Bench.start({ diskBytes: 1 << 30 }, agentPath);
    endings.add(() => bench.stop());
    slow = await makeSlowModel(bench.folder);
    phone = await bench.connect();
    sessions = new AgentSessions({ clientVersion: "test" });
    endings.add(() => sessions.endAll());
    store = new RunStore(`${bench.folder}/runs`);
  });
  const endings = new Endings();
  after(() => endings.run());

  async function run(
    model: string,
    listener: RunListener = listenTo(),
    signal = never,
    kept = store,
  ): Promise<RunOutcome> {
    const outcome = await runPrompt(
      { sessions, store: kept, log: silentLog },
      {
        device: phone,
        model,
        messages: [{ role: "user", content: "What is prefill?" }],
        settings: { ...defaultSettings, maxTokens: model === slow ? 1500 : 24 },
        plain: model === slow,
      },
      listener,
      signal,
    );
    assert.ok(outcome.ok, outcome.ok ? "" : `${outcome.failure.code}: ${outcome.failure.message}`);
    return outcome.value;
  }

  /** The trace on this computer decodes up to where it ends, and holds the run's first tokens. */
  async function assertTraceKept(outcome: RunOutcome): Promise<void> {
    assert.ok(outcome.tracePath !== undefined, "no trace was kept");
    const decoded = decodeTrace(await readFile(outcome.tracePath));
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.failure.message);
    assert.equal(decoded.value.footer, undefined);
    assert.equal(decoded.value.header?.deviceName, phone.name);
    assert.ok(decoded.value.names.some(({ text }) => text === "token 1"));
    const runs = await store.list();
    assert.ok(runs.ok);
    assert.equal(runs.value.find(({ id }) => id === outcome.runId)?.problem, outcome.failure?.message);
  }

  /** Waits until adb has let go of the phone, so that the list cannot show it as it was before. */
  async function plugInAgain(): Promise<void> {
    const released = bench.adb.disconnect(bench.phone.serial, patient());
    await until(() => bench.registry().devices.every(({ id }) => id !== phone.id));
    await released;
    phone = await bench.connect();
  }

  it("deploys, pushes and answers as on this computer", async () => {
    const outcome = await run(modelPath() ?? "");
    assert.equal(outcome.failure, undefined);
    assert.ok(outcome.text.length > 0);
    const again = await run(modelPath() ?? "");
    assert.equal(again.text, outcome.text);
    assert.equal(again.prepared, outcome.prepared);
  });

  it("stops, and keeps what there is", async () => {
    const abort = new AbortController();
    const listener = listenTo((index) => index === 20 && abort.abort());
    const outcome = await run(slow, listener, abort.signal);
    assert.equal(outcome.finish, "cancelled");
    assert.ok(outcome.tokens >= 21 && outcome.tokens < 1500);
    assert.equal(outcome.text, listener.texts.join(""));
  });

  it("keeps text and trace when the agent is killed, and runs again", async () => {
    const late = onceLate();
    const outcome = await run(
      slow,
      listenTo(() => {
        if (late()) void bench.phone.killAgents();
      }),
    );
    assert.equal(outcome.failure?.code, "agent-crashed");
    assert.match(outcome.failure.message, /^The agent on .* SIGKILL at token \d+: run again, .*; the trace up to there is kept\.$/);
    assertOneSentence(outcome.failure.message);
    assert.ok(outcome.tokens > 1);
    await assertTraceKept(outcome);
    assert.equal((await run(modelPath() ?? "")).failure, undefined);
  });

  it("keeps text and the trace so far when the disk of the traces becomes full", async function () {
    if (bench.phone.diskKind !== "memory") {
      process.stdout.write("    skipped: this user may not mount a file system, so no disk can really be full\n");
      this.skip();
    }
    const small = new RunStore(bench.phone.hostPath("/data/local/tmp/runs"));
    const late = onceLate();
    const abort = new AbortController();
    let fullAt = Infinity;
    const listener = listenTo((index) => {
      if (late()) void bench.phone.setDiskBytes(0).then(() => (fullAt = index));
      // Pieces of the trace come four times a second: some come to a full disk.
      if (index > fullAt && performance.now() - endAt > 0) abort.abort();
    });
    const endAt = performance.now() + 3000;
    const outcome = await run(slow, listener, abort.signal, small);
    await bench.phone.setDiskBytes(1 << 30);
    assert.equal(outcome.text, listener.texts.join(""));
    const told = outcome.notes.filter((note) => note.includes("the disk is full"));
    assert.equal(told.length, 1, outcome.notes.join("\n"));
    assertOneSentence(told[0] ?? "");
    const decoded = decodeTrace(await readFile(outcome.tracePath ?? ""));
    assert.ok(decoded.ok && decoded.value.slices.count > 0);
    assert.equal((await run(modelPath() ?? "")).failure, undefined);
  });

  it("keeps text and trace when garbage comes, and runs again", async () => {
    const late = onceLate();
    const outcome = await run(
      slow,
      listenTo(() => {
        if (late()) bench.phone.faults.set({ garbageAfterSent: 0 });
      }),
    );
    bench.phone.faults.clear();
    assert.equal(outcome.failure?.code, "agent-garbled", JSON.stringify(outcome.failure));
    assert.match(outcome.failure.message, /something unreadable at token \d+: .*; the trace up to there is kept\.$/);
    assertOneSentence(outcome.failure.message);
    assert.ok(outcome.tokens > 1);
    await assertTraceKept(outcome);
    assert.equal((await run(modelPath() ?? "")).failure, undefined);
  });

  it("keeps text and trace when the phone is unplugged, and runs again when it is back", async () => {
    const late = onceLate();
    const outcome = await run(
      slow,
      listenTo(() => {
        if (late()) bench.phone.unplug();
      }),
    );
    assert.equal(outcome.failure?.code, "connection-lost", JSON.stringify(outcome.failure));
    assertOneSentence(outcome.failure.message);
    const words = `${phone.name} was unplugged at token ${outcome.tokens}: plug it in and run again; the trace up to there is kept.`;
    assert.equal(outcome.failure.message, words);
    assert.ok(outcome.tokens > 1);
    await assertTraceKept(outcome);
    await plugInAgain();
    assert.equal((await run(modelPath() ?? "")).failure, undefined);
  });

  it("says that the phone was unplugged while the model loads, and runs again when it is back", async () => {
    const listener = listenTo();
    const outcome = await runPrompt(
      { sessions, store, log: silentLog },
      {
        device: phone,
        model: slow,
        messages: [{ role: "user", content: "What is prefill?" }],
        // Another context than before, so that the model has to be loaded again.
        settings: { ...defaultSettings, contextLength: 640 },
        plain: true,
      },
      {
        ...listener,
        progress: ({ stage }) => {
          if (stage.startsWith("Loading")) bench.phone.unplug();
        },
      },
      never,
    );
    assert.ok(!outcome.ok, "the run went on without its phone");
    assert.equal(outcome.failure.code, "connection-lost");
    assert.ok(outcome.failure.message.includes(phone.name), outcome.failure.message);
    assertOneSentence(outcome.failure.message);
    assert.deepEqual(listener.texts, []);
    await plugInAgain();
    assert.equal((await run(modelPath() ?? "")).failure, undefined);
  });
});
