import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { commandLineFor, isSafeFolder, startsAgent } from "../../../src/device/virtual/commandLine";
import { findPhone, nativeAbi, phones, propertiesOf } from "../../../src/device/virtual/description";
import { Disk } from "../../../src/device/virtual/disk";
import { Faults } from "../../../src/device/virtual/faults";
import { hostPath } from "../../../src/device/virtual/folder";
import { filesOf } from "../../../src/device/virtual/systemFiles";
import { parseStorage } from "../../../src/device/facts";

const context = { root: "/tmp/phone-1" };
const line = (command: string): string => commandLineFor(command, context);

describe("command lines of a virtual phone", () => {
  it("turn the phone's paths, in any quoting", () => {
    assert.equal(line("ls /data/local/tmp"), "ls /tmp/phone-1/data/local/tmp");
    assert.equal(line("cat /proc/meminfo>/sdcard/x"), "cat /tmp/phone-1/proc/meminfo>/tmp/phone-1/sdcard/x");
    assert.equal(
      line(`A="/data/x:/system/lib64" '/vendor'`),
      `A="/tmp/phone-1/data/x:/tmp/phone-1/system/lib64" '/tmp/phone-1/vendor'`,
    );
    assert.equal(line("cd /data"), "cd /tmp/phone-1/data");
    assert.equal(
      line("cat /sys/class/thermal/thermal_zone*/type"),
      "cat /tmp/phone-1/sys/class/thermal/thermal_zone*/type",
    );
  });

  it("leave alone what only looks like one", () => {
    for (const command of [
      "ls /tmp/data/x",
      "ls ./data",
      "cat /proc/self/maps",
      "echo $HOME/data",
      "ls /database",
      "ls /dev/null",
    ]) {
      assert.equal(line(command), command);
    }
    assert.equal(line(line("ls /data/a")), line("ls /data/a"));
  });

  it("run another architecture's agent through the emulator, and nothing else", () => {
    const emulated = (command: string): string => commandLineFor(command, { ...context, emulator: "qemu" });
    assert.equal(emulated("exec ./tandem-agent serve"), "exec qemu ./tandem-agent serve");
    assert.equal(
      emulated("/data/local/tmp/tandem/tandem-agent --version"),
      "qemu /tmp/phone-1/data/local/tmp/tandem/tandem-agent --version",
    );
    assert.equal(emulated("sha256sum ./tandem-agent && ls"), "sha256sum ./tandem-agent && ls");
    assert.equal(startsAgent("cd /data && ./tandem-agent receive 'a b'"), true);
    assert.equal(startsAgent("[ -x /data/tandem-agent ]"), false);
  });

  it("need a folder that shells take as it is", () => {
    assert.equal(isSafeFolder("/tmp/tandem-phone-Ab12"), true);
    for (const folder of ["relative", "/with space", "/$HOME", "/a;b"]) assert.equal(isSafeFolder(folder), false);
  });

  it("cannot leave the folder with ..", () => {
    assert.equal(hostPath("/tmp/p", "/data/../../../etc/passwd"), "/tmp/p/etc/passwd");
    assert.equal(hostPath("/tmp/p", "relative"), "/tmp/p/relative");
    assert.equal(hostPath("/tmp/p", "/tmp/p/data"), "/tmp/p/data");
    assert.equal(hostPath("/tmp/p", "/tmp/p/../q"), "/tmp/p/tmp/q");
  });
});

describe("faults", () => {
  it("strike once, at their byte, and not before", () => {
    const faults = new Faults({ dropAfterReceived: 100, killAgentAfterReceived: 150 });
    assert.deepEqual(
      [faults.received(60), faults.received(40), faults.received(49), faults.received(1), faults.received(999)],
      ["none", "drop", "none", "kill-agent", "none"],
    );
  });

  it("cut what is sent at the byte", () => {
    const faults = new Faults({ dropAfterSent: 5 });
    assert.deepEqual(faults.sent(Buffer.from("abc")), { payload: Buffer.from("abc"), drop: false });
    assert.deepEqual(faults.sent(Buffer.from("defg")), { payload: Buffer.from("de"), drop: true });
    assert.deepEqual(faults.sent(Buffer.from("hi")), { payload: Buffer.from("hi"), drop: false });
  });

  it("make garbage only after their byte", () => {
    const faults = new Faults({ garbageAfterSent: 10 });
    const clean = Buffer.alloc(64, 7);
    const sent = faults.sent(clean).payload;
    assert.ok(sent.subarray(0, 10).equals(clean.subarray(0, 10)));
    assert.ok(!sent.subarray(10).equals(clean.subarray(10)));
    assert.ok(clean.every((byte) => byte === 7));
  });

  it("spread bytes over time", () => {
    const faults = new Faults({ bytesPerSecond: 1000 });
    assert.equal(faults.pause(500, 0), 500);
    assert.equal(faults.pause(500, 100), 900);
    assert.equal(faults.pause(500, 5000), 500);
    assert.equal(new Faults().pause(500, 0), 0);
  });
});

describe("phone descriptions", () => {
  it("have ids of their own and say that they are virtual", () => {
    assert.equal(new Set(phones.map((phone) => phone.id)).size, phones.length);
    assert.equal(findPhone("none"), undefined);
    for (const phone of phones) {
      const properties = propertiesOf(phone, "arm64-v8a");
      assert.equal(properties["ro.tandem.virtual"], "1");
      assert.equal(properties["ro.product.cpu.abi"], "arm64-v8a");
      const cores = phone.clusters.reduce((sum, cluster) => sum + cluster.cores, 0);
      const files = filesOf(phone, "arm64-v8a");
      assert.equal(files["proc/cpuinfo"]?.match(/^processor/gm)?.length, cores);
      assert.equal(files["sys/devices/system/cpu/online"], `0-${cores - 1}\n`);
    }
  });

  it("run what this computer runs", () => {
    assert.deepEqual([nativeAbi("x64"), nativeAbi("arm64"), nativeAbi("riscv64")], ["x86_64", "arm64-v8a", undefined]);
  });
});

describe("storage of a virtual phone", () => {
  it("is what the phone says, as far as this computer has it", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-disk-"));
    const disk = await Disk.open(path.join(folder, "data"), { totalKib: 2_000_000, availableKib: 1000 }, undefined);
    assert.equal(disk.kind, "folder");
    assert.equal(await disk.freeBytes(), 1_024_000);
    assert.equal(parseStorage(await disk.table()), 1_024_000);
    assert.equal(await disk.commandPrefix(), "");
    await disk.setLimit(512_000);
    assert.equal(await disk.freeBytes(), 512_000);
    assert.equal(await disk.commandPrefix(), "trap '' XFSZ; ulimit -f 1000; ");
    await rm(folder, { recursive: true });
  });
});
