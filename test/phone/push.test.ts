import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, open, readFile, stat, utimes } from "node:fs/promises";
import path from "node:path";
import type { Progress } from "../../src/base/progress";
import type { Device } from "../../src/device/device";
import { Bench, must, mustFail, needsAgent, patient, randomFile, runAdb, silent, until } from "./support";

const block = 16 << 20;
const size = 5 * block + 1_234_567;

describe("pushing a model", function () {
  let bench: Bench;
  let phone: Device;
  let model: string;
  const arrived = (): Promise<Buffer> => readFile(bench.phone.hostPath("/data/local/tmp/tandem/models/model.gguf"));

  before(function () {
    needsAgent(this);
  });
  const start = async (diskBytes?: number): Promise<void> => {
    bench = await Bench.start(diskBytes === undefined ? {} : { diskBytes });
    phone = await bench.connect();
    model = await randomFile(path.join(bench.folder, "model.gguf"), size);
    must(await phone.deployAgent(silent, patient()));
  };
  /** A limit of file size, which anybody may set, gives programs another error than a full disk. */
  const needsMemoryDisk = (context: Mocha.Context): void => {
    if (bench.phone.diskKind === "memory") return;
    process.stdout.write("    skipped: this user may not mount a file system, so no disk can really be full\n");
    context.skip();
  };
  beforeEach(() => start());
  afterEach(() => bench.stop());

  it("brings every byte and shows how far it is", async () => {
    const steps: Progress[] = [];
    const report = must(await phone.pushModel(model, (step) => steps.push(step), patient()));
    assert.deepEqual([report.path, report.bytes, report.reusedBytes], ["models/model.gguf", size, 0]);
    assert.ok((await arrived()).equals(await readFile(model)));
    assert.deepEqual([steps[0]?.done, steps.at(-1)?.done, steps.at(-1)?.total], [0, size, size]);
    assert.ok(steps.every((step, index) => step.done >= (steps[index - 1]?.done ?? 0)));
  });

  it("skips a model that is there already, also when it has to be read for that", async () => {
    must(await phone.pushModel(model, silent, patient()));
    const before = await stat(bench.phone.hostPath("/data/local/tmp/tandem/models/model.gguf"));
    const again = must(await phone.pushModel(model, silent, patient()));
    assert.equal(again.reusedBytes, size);
    // Touched, so that the hashes that are remembered for it do not count and it is read.
    await utimes(model, new Date(), new Date());
    assert.equal(must(await phone.pushModel(model, silent, patient())).reusedBytes, size);
    const after = await stat(bench.phone.hostPath("/data/local/tmp/tandem/models/model.gguf"));
    assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
  });

  it("replaces a model that has changed", async () => {
    must(await phone.pushModel(model, silent, patient()));
    const file = await open(model, "r+");
    await file.write(Buffer.from("changed"), 0, 7, 3 * block + 5);
    await file.close();
    await utimes(model, new Date(), new Date(Date.now() + 5000));
    const report = must(await phone.pushModel(model, silent, patient()));
    assert.ok(report.reusedBytes < size);
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("goes on where it was unplugged at 40 %", async () => {
    bench.phone.faults.set({ dropAfterReceived: Math.round(0.4 * size) });
    const failed = mustFail(await phone.pushModel(model, silent, patient()), "connection-lost");
    assert.match(
      failed.message,
      /^Virtual Xiaomi 14 was unplugged: plug it in and push again; .* of 85\.1 MB have arrived and are verified\.$/,
    );
    await assert.rejects(arrived());

    const again = await bench.reconnect();
    const steps: Progress[] = [];
    const report = must(await again.pushModel(model, (step) => steps.push(step), patient()));
    // At most one block is lost, and the packet that was under way.
    assert.ok(report.reusedBytes > 0.4 * size - block - (1 << 20), String(report.reusedBytes));
    assert.ok(report.reusedBytes > 0 && report.reusedBytes < 0.4 * size, String(report.reusedBytes));
    assert.equal(steps[0]?.done, report.reusedBytes);
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("keeps what arrived when it is cancelled", async () => {
    const controller = new AbortController();
    const failed = mustFail(
      await phone.pushModel(model, (step) => step.done > 3 * block && controller.abort(), controller.signal),
      "cancelled",
    );
    assert.match(failed.message, /stay on Virtual Xiaomi 14/);
    const report = must(await phone.pushModel(model, silent, patient()));
    assert.ok(report.reusedBytes >= block && report.reusedBytes % block === 0, String(report.reusedBytes));
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("tells an agent that ended from a phone that went away", async () => {
    bench.phone.faults.set({ killAgentAfterReceived: 2 * block + 1000 });
    const failed = mustFail(await phone.pushModel(model, silent, patient()), "agent-ended");
    assert.match(failed.message, /of 85\.1 MB have arrived/);
    const report = must(await phone.pushModel(model, silent, patient()));
    assert.ok(report.reusedBytes >= block, String(report.reusedBytes));
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("does not believe garbage", async () => {
    bench.phone.faults.set({ garbageAfterSent: 20 });
    mustFail(await phone.pushModel(model, silent, patient()), "agent-garbled");
    bench.phone.faults.clear();
    must(await phone.pushModel(model, silent, patient()));
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("says before it begins that there is no room", async function () {
    await bench.stop();
    await start(40 << 20);
    needsMemoryDisk(this);
    const failed = mustFail(await phone.pushModel(model, silent, patient()), "disk-full");
    assert.match(
      failed.message,
      /^model\.gguf does not fit on Virtual Xiaomi 14: it needs 85\.1 MB, and [\d.]+ [MGk]?B are free/,
    );
  });

  it("says that the disk became full on the way, and keeps what arrived", async function () {
    await bench.stop();
    await start(120 << 20);
    needsMemoryDisk(this);
    // Another program on the phone takes the room while the model arrives.
    bench.phone.faults.set({ bytesPerSecond: 40e6 });
    let filled = false;
    const failed = mustFail(
      await phone.pushModel(
        model,
        (step) => {
          if (filled || step.done < 2 * block) return;
          filled = true;
          void bench.phone.setDiskBytes(0);
        },
        patient(),
      ),
      "disk-full",
    );
    assert.match(failed.message, /does not fit on Virtual Xiaomi 14/);
    bench.phone.faults.clear();
    await bench.phone.setDiskBytes(120 << 20);
    const report = must(await phone.pushModel(model, silent, patient()));
    assert.ok(report.reusedBytes >= block, String(report.reusedBytes));
    assert.ok((await arrived()).equals(await readFile(model)));
  });

  it("says that the model is not there", async () => {
    mustFail(await phone.pushModel(path.join(bench.folder, "none.gguf"), silent, patient()), "model-missing");
  });

  it("says that the agent is not there", async () => {
    await runAdb(bench.server, ["-s", bench.phone.serial, "shell", "rm -r /data/local/tmp/tandem"]);
    mustFail(await phone.pushModel(model, silent, patient()), "agent-missing");
  });

  it("takes names that a shell would stumble over", async () => {
    const odd = path.join(bench.folder, "it's $HOME; (a) model.gguf");
    await copyFile(path.join(process.cwd(), "package.json"), odd);
    must(await phone.pushModel(odd, silent, patient()));
    const there = bench.phone.hostPath(`/data/local/tmp/tandem/models/${path.basename(odd)}`);
    assert.ok((await readFile(there)).equals(await readFile(odd)));
  });
});

describe("the command that starts a virtual phone", () => {
  it("says how to connect, and ends with a signal", async () => {
    const bench = await Bench.start();
    const child = execFile(process.execPath, ["scripts/virtual-phone.mjs", "--phone", "galaxy-s25"]);
    let said = "";
    child.stdout?.on("data", (text: string) => (said += text));
    await until(() => said.includes("Ctrl+C"));
    const serial = /adb connect (127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? "";
    must(await bench.adb.connect(serial, patient()));
    const answer = await runAdb(bench.server, ["-s", serial, "shell", "getprop ro.soc.model"]);
    assert.equal(answer.stdout.toString().trim(), "SM8750");
    const folder = /Its files: (\S+)/.exec(said)?.[1] ?? "";
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
    await assert.rejects(stat(folder));
    await bench.stop();
  });
});
