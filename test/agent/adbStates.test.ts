import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { silentLog } from "../../src/base/log";
import type { Result } from "../../src/base/result";
import { createAdb } from "../../src/device/adb";
import type { Device } from "../../src/device/device";
import { DeviceRegistry } from "../../src/device/registry";
import { type RunOutcome, runPrompt } from "../../src/run/runPrompt";
import { RunStore } from "../../src/run/runStore";
import { AgentSessions } from "../../src/run/sessions";
import { defaultSettings } from "../../src/run/settings";
import { freePort } from "../../src/device/freePort";
import { Bench, must, mustFail, patient, root, until } from "../phone/support";
import { agentPath, modelPath, needs, never } from "./support/agent";
import { listenTo } from "./support/device";
import { Endings } from "./support/endings";

describe("a run after adb's trouble was mended, in the same session", function () {
  this.timeout(120_000);
  let bench: Bench;
  let sessions: AgentSessions;
  let store: RunStore;
  const endings = new Endings();

  before(function () {
    needs(this, "agent", "model");
  });
  beforeEach(async () => {
    bench = await Bench.start({}, agentPath);
    endings.add(() => bench.stop());
    sessions = new AgentSessions({ clientVersion: "test" });
    endings.add(() => sessions.endAll());
    store = new RunStore(path.join(bench.folder, "runs"));
  });
  afterEach(() => endings.run());

  function run(device: Device): Promise<Result<RunOutcome>> {
    return runPrompt(
      { sessions, store, log: silentLog },
      {
        device,
        model: modelPath() ?? "",
        messages: [{ role: "user", content: "What is prefill?" }],
        settings: { ...defaultSettings, maxTokens: 8 },
      },
      listenTo(),
      never,
    );
  }

  async function assertRuns(device: Device): Promise<void> {
    const outcome = must(await run(device));
    assert.equal(outcome.failure, undefined);
    assert.equal(outcome.tokens, 8);
    assert.notEqual(outcome.text, "");
  }

  it("works once the phone allows this computer", async () => {
    bench.phone.faults.set({ refuseAuthorisation: true });
    mustFail(await bench.adb.connect(bench.phone.serial, patient()), "unauthorised");
    mustFail(await run(await bench.find((device) => device.state.kind === "unauthorised")), "unauthorised");
    bench.phone.faults.clear();
    must(await bench.adb.askAgain(bench.phone.serial, patient()));
    await assertRuns(await bench.find((device) => device.state.kind === "ready"));
  });

  it("works once a phone that was offline answers", async () => {
    bench.phone.faults.set({ offline: true });
    const connecting = bench.adb.connect(bench.phone.serial, patient());
    mustFail(await run(await bench.find((device) => device.state.kind === "offline")), "offline");
    bench.phone.faults.clear();
    bench.phone.unplug();
    await connecting;
    await assertRuns(await bench.reconnect());
  });

  it("works once a phone that was unplugged between two runs is back", async () => {
    await assertRuns(await bench.connect());
    bench.phone.unplug();
    await assertRuns(await bench.reconnect());
  });

  it("works once adb is there", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "tandem-test-"));
    endings.add(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
    const port = await freePort();
    const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, ANDROID_USER_HOME: folder, ADB_MDNS: "0" };
    let program = "/nowhere/adb";
    const adb = createAdb({ server: () => `127.0.0.1:${port}`, path: () => program, environment });
    const storagePath = path.join(folder, "storage");
    const registry = new DeviceRegistry({ adb, extensionPath: root, storagePath, agentPath: () => agentPath, log: silentLog });
    await registry.ready();
    assert.deepEqual(
      registry.problems.map(({ code }) => code),
      ["adb-missing"],
    );
    // The setting is written, and the list asked for again.
    program = bench.server.program;
    // This server is the test's own, and adb knows no other way to end one that it started.
    endings.add(() => Promise.resolve(execFileSync(program, ["-P", String(port), "kill-server"], { env: environment })));
    endings.add(() => {
      registry.dispose();
      return Promise.resolve();
    });
    await registry.refresh();
    assert.deepEqual(registry.problems, []);
    must(await adb.connect(bench.phone.serial, patient()));
    const ready = (): Device | undefined =>
      registry.devices.find(({ kind, state }) => kind !== "computer" && state.kind === "ready");
    await until(() => ready() !== undefined);
    const phone = ready();
    assert.ok(phone !== undefined);
    await assertRuns(phone);
  });
});
