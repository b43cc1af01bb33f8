import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { silentLog } from "../../src/base/log";
import { createAdb } from "../../src/device/adb";
import { runShell } from "../../src/device/adbShell";
import { DeviceRegistry } from "../../src/device/registry";
import { findPhone } from "../../src/device/virtual/description";
import { assertOneSentence } from "../fixtures/sentence";
import { freePort } from "../../src/device/freePort";
import { Bench, must, mustFail, patient, root, until } from "./support";

describe("phones as they come and go", () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await Bench.start()));
  afterEach(() => bench.stop());

  it("lists this computer at once, and a phone with its name when it comes", async () => {
    assert.deepEqual(
      bench.registry().devices.map((device) => device.id),
      ["local"],
    );
    const phone = await bench.connect();
    assert.equal(phone.id, `adb:${bench.phone.serial}`);
    assert.equal(phone.name, "Virtual Xiaomi 14");
    assert.deepEqual(bench.registry().problems, []);
  });

  it("reads a phone's facts", async () => {
    const facts = must(await (await bench.connect()).facts(patient()));
    assert.equal(facts.soc, "Snapdragon 8 Gen 3");
    assert.deepEqual([facts.gpu, facts.npu, facts.chipsFrom], ["Adreno 750", "Hexagon V75", "soc-table"]);
    assert.deepEqual([facts.osVersion, facts.batteryPercent, facts.celsius], ["Android 15", 78, 33.8]);
    assert.equal(facts.memoryBytes, 11_516_236 * 1024);
    assert.ok((facts.storageAvailableBytes ?? 0) > 0);
  });

  it("gives exit code and both outputs of a shell command", async () => {
    await bench.connect();
    const target = { serial: bench.phone.serial, name: "phone" };
    const outcome = must(await runShell(bench.adb, target, "echo a; echo b >&2; exit 9", patient()));
    assert.deepEqual(outcome, { code: 9, stdout: "a\n", stderr: "b\n" });
  });

  it("notices that a phone was unplugged, and takes it back", async () => {
    const phone = await bench.connect();
    bench.phone.faults.set({ offline: true });
    bench.phone.unplug();
    await until(() => phone.state.kind !== "ready" || !bench.registry().devices.includes(phone));
    const lost = await phone.facts(patient());
    assert.ok(!lost.ok && ["connection-lost", "offline"].includes(lost.failure.code));
    assertOneSentence(lost.failure.message);
    bench.phone.faults.clear();
    must(await (await bench.reconnect()).facts(patient()));
  });

  it("says that a connection broke in the middle of a command", async () => {
    const phone = await bench.connect();
    const target = { serial: bench.phone.serial, name: phone.name };
    const running = runShell(bench.adb, target, "echo started > /data/local/tmp/mark; sleep 600", patient());
    const mark = bench.phone.hostPath("/data/local/tmp/mark");
    await until(async () => must(await runShell(bench.adb, target, `ls ${mark}`, patient())).code === 0);
    bench.phone.unplug();
    assert.equal(
      mustFail(await running, "connection-lost").message,
      "Virtual Xiaomi 14 was unplugged: plug it in again.",
    );
  });

  it("says what to do about a phone that has not allowed this computer", async () => {
    bench.phone.faults.set({ refuseAuthorisation: true });
    mustFail(await bench.adb.connect(bench.phone.serial, patient()), "unauthorised");
    const phone = await bench.find((device) => device.state.kind === "unauthorised");
    assert.ok(phone.state.kind === "unauthorised");
    assert.match(phone.state.sentence, /tap Allow/);
    mustFail(await phone.facts(patient()), "unauthorised");
    // Somebody taps Allow, and the phone is asked again.
    bench.phone.faults.clear();
    must(await bench.adb.askAgain(bench.phone.serial, patient()));
    await bench.find((device) => device.state.kind === "ready");
  });

  it("says what to do where pairing does not work", async () => {
    const paired = await bench.adb.pair(`127.0.0.1:${await freePort()}`, "123456", patient());
    assert.ok(!paired.ok);
    // adb before 30 knows no pairing.
    assert.match(paired.failure.code, /^(adb-too-old|pairing-failed)$/);
    assertOneSentence(paired.failure.message);
  });

  it("says what to do about a phone that does not answer", async () => {
    bench.phone.faults.set({ offline: true });
    const connecting = bench.adb.connect(bench.phone.serial, patient());
    const phone = await bench.find((device) => device.state.kind === "offline");
    mustFail(await phone.facts(patient()), "offline");
    mustFail(await phone.deployAgent(() => undefined, patient()), "offline");
    bench.phone.faults.clear();
    bench.phone.unplug();
    await connecting;
  });

  it("says that no phone answers at an address", async () => {
    mustFail(await bench.adb.connect(`127.0.0.1:${await freePort()}`, patient()), "connect-failed");
  });

  it("stops at once when cancelled", async () => {
    const phone = await bench.connect();
    mustFail(await phone.facts(AbortSignal.abort()), "cancelled");
    const controller = new AbortController();
    const target = { serial: bench.phone.serial, name: phone.name };
    const running = runShell(bench.adb, target, "sleep 600", controller.signal);
    setTimeout(() => controller.abort(), 50);
    mustFail(await running, "cancelled");
  });

  it("survives garbage in answers", async () => {
    const phone = await bench.connect();
    bench.phone.faults.set({ garbageAfterSent: 0 });
    const facts = await phone.facts(patient());
    if (!facts.ok) assertOneSentence(facts.failure.message);
    bench.phone.faults.clear();
    must(await phone.facts(patient()));
  });

  it("works over a slow connection", async () => {
    const phone = await bench.connect();
    bench.phone.faults.set({ bytesPerSecond: 20_000 });
    assert.equal(must(await phone.facts(patient())).soc, "Snapdragon 8 Gen 3");
  });
});

describe("phones of other kinds", () => {
  it("are described by their own facts", async () => {
    const description = findPhone("galaxy-a15");
    assert.ok(description !== undefined);
    const bench = await Bench.start({ phone: description });
    try {
      const phone = await bench.connect();
      assert.equal(phone.name, "Virtual Samsung SM-A155F");
      const facts = must(await phone.facts(patient()));
      assert.deepEqual([facts.soc, facts.gpu, facts.npu], ["Helio G99", "Mali-G57 MC2", undefined]);
      assert.equal(facts.celsius, 33);
    } finally {
      await bench.stop();
    }
  });
});

describe("adb servers", () => {
  const registryFor = (folder: string, server: string, environment: Record<string, string>): DeviceRegistry =>
    new DeviceRegistry({
      adb: createAdb({ server: () => server, path: () => "", environment }),
      extensionPath: root,
      storagePath: folder,
      agentPath: () => undefined,
      log: silentLog,
    });

  it("says that adb is missing where no server runs and there is no adb", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-test-"));
    const registry = registryFor(folder, `127.0.0.1:${await freePort()}`, { PATH: folder });
    await registry.ready();
    const [problem] = registry.problems;
    assert.equal(problem?.code, "adb-missing");
    assertOneSentence(problem.message);
    assert.equal(registry.devices.length, 1);
    registry.dispose();
    await rm(folder, { recursive: true });
  });

  it("does not start a server on another computer", async () => {
    // TEST-NET-1: nobody has this address.
    const adb = createAdb({ server: () => "192.0.2.1:5037", path: () => "", environment: process.env });
    const answer = await adb.connect("127.0.0.1:1", AbortSignal.timeout(10_000));
    assert.ok(!answer.ok && ["adb-server", "cancelled"].includes(answer.failure.code));
  });

  it("says that an address is none", async () => {
    const adb = createAdb({ server: () => "nowhere", path: () => "", environment: {} });
    mustFail(await adb.connect("127.0.0.1:1", patient()), "adb-address");
  });

  it("starts a server where none listens, and finds it again after it was ended", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-test-"));
    const port = await freePort();
    const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, ANDROID_USER_HOME: folder, ADB_MDNS: "0" };
    const registry = registryFor(folder, `127.0.0.1:${port}`, environment);
    const adb = createAdb({ server: () => `127.0.0.1:${port}`, path: () => "", environment });
    const bench = await Bench.start();
    try {
      await registry.ready();
      assert.deepEqual(registry.problems, []);
      must(await adb.connect(bench.phone.serial, patient()));
      await until(() => registry.devices.length === 2);
    } finally {
      registry.dispose();
      await bench.stop();
      // This server is the test's own, and adb knows no other way to end one that it started.
      const { execFileSync } = await import("node:child_process");
      execFileSync("adb", ["-P", String(port), "kill-server"], { env: environment });
      await rm(folder, { recursive: true });
    }
  });
});
