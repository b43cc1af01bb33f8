import assert from "node:assert/strict";
import { parseListings } from "../../../src/device/adb";
import { stateOf } from "../../../src/device/adbDevice";
import { quoted } from "../../../src/device/adbShell";
import { exitReason } from "../../../src/device/agentProcess";
import { ByteQueue } from "../../../src/device/byteQueue";
import { Rate } from "../../../src/device/rate";
import { parseReceiveEvent, parseReceiveState } from "../../../src/device/receiveProtocol";
import { encodeShellPacket, takeShellPacket } from "../../../src/device/shellProtocol";
import { encodeRequest, words } from "../../../src/device/syncProtocol";
import { partOf } from "../../../src/device/text";
import { commands, decodeHeader, encodeHeader } from "../../../src/device/virtual/packet";

describe("byte queue", () => {
  it("gives bytes in the wanted sizes, however they come", async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index & 255));
    for (const size of [1, 3, 7, 64, 999, 1000]) {
      const queue = new ByteQueue();
      for (let at = 0; at < bytes.length; at += size) queue.push(bytes.subarray(at, at + size));
      queue.end();
      const taken = [await queue.take(5), await queue.take(0), await queue.take(900), await queue.take(95)];
      assert.ok(Buffer.concat(taken.map((part) => part ?? Buffer.alloc(0))).equals(bytes));
      assert.equal(await queue.take(1), undefined);
    }
  });

  it("waits for bytes and for the end", async () => {
    const queue = new ByteQueue();
    const taken = queue.take(4);
    queue.push(Buffer.from("ab"));
    queue.push(Buffer.from("cdef"));
    assert.equal((await taken)?.toString(), "abcd");
    const more = queue.take(4);
    queue.end();
    assert.equal(await more, undefined);
    assert.equal((await queue.takeSome())?.toString(), "ef");
    assert.equal(await queue.takeSome(), undefined);
  });

  it("cuts lines, and gives up on one that never ends", async () => {
    const queue = new ByteQueue();
    queue.push(Buffer.from("one\ntw"));
    assert.equal(await queue.takeLine(100), "one");
    const second = queue.takeLine(100);
    queue.push(Buffer.from("o\n\nlast"));
    assert.equal(await second, "two");
    assert.equal(await queue.takeLine(100), "");
    queue.push(Buffer.alloc(200, 0x61));
    assert.equal(await queue.takeLine(100), undefined);
  });
});

describe("packets", () => {
  it("of the adb transport survive both ways, and damage is noticed", () => {
    const payload = Buffer.from("host::\0");
    const header = encodeHeader(commands.connect, 0x01000001, 1 << 20, payload, true);
    assert.deepEqual(decodeHeader(header), {
      command: commands.connect,
      arg0: 0x01000001,
      arg1: 1 << 20,
      length: payload.length,
    });
    assert.equal(
      header.readUInt32LE(16),
      payload.reduce((sum, byte) => sum + byte, 0),
    );
    for (let bit = 0; bit < 32; bit++) {
      const damaged = Buffer.from(header);
      damaged.writeUInt8((damaged[20 + (bit >> 3)] ?? 0) ^ (1 << (bit & 7)), 20 + (bit >> 3));
      assert.equal(decodeHeader(damaged), undefined);
    }
    const huge = encodeHeader(commands.write, 1, 1, Buffer.alloc(0), false);
    huge.writeUInt32LE(0xffffffff, 12);
    assert.equal(decodeHeader(huge), undefined);
    assert.equal(decodeHeader(Buffer.alloc(3)), undefined);
  });

  it("of the shell survive both ways, and a length beyond reason ends them", async () => {
    const queue = new ByteQueue();
    queue.push(encodeShellPacket(2, Buffer.from("oops")));
    queue.push(Buffer.from([1, 255, 255, 255, 255]));
    assert.deepEqual(await takeShellPacket(queue), { id: 2, data: Buffer.from("oops") });
    assert.equal(await takeShellPacket(queue), undefined);
  });

  it("of sync: carry id, length and words", () => {
    assert.equal(encodeRequest("SEND", Buffer.from("/a,33188")).toString("latin1"), "SEND\x08\0\0\0/a,33188");
    assert.deepEqual([...words(1, 0x1_0000_0002)], [1, 0, 0, 0, 2, 0, 0, 0]);
  });
});

describe("what phones and agents say", () => {
  it("lists devices with states of several words", () => {
    assert.deepEqual(
      parseListings("ABC\tdevice\n192.0.2.1:5555\toffline\nX\tno permissions (user in plugdev group); see\n\n"),
      [
        { serial: "ABC", state: "device" },
        { serial: "192.0.2.1:5555", state: "offline" },
        { serial: "X", state: "no permissions (user in plugdev group); see" },
      ],
    );
    assert.deepEqual(parseListings(""), []);
  });

  it("has a sentence for every state but ready", () => {
    assert.deepEqual(stateOf("device", "P"), { kind: "ready" });
    assert.equal(stateOf("unauthorized", "P").kind, "unauthorised");
    assert.equal(stateOf("authorizing", "P").kind, "unauthorised");
    assert.equal(stateOf("offline", "P").kind, "offline");
    for (const state of ["recovery", "bootloader", "sideload", "no permissions (x)", "whatever"]) {
      const found = stateOf(state, "P");
      assert.ok(found.kind === "unsupported" && found.sentence.includes("P"));
    }
  });

  it("tells exits from signals and from silence", () => {
    assert.deepEqual(exitReason("0\n"), { kind: "exited", code: 0 });
    assert.deepEqual(exitReason("3"), { kind: "exited", code: 3 });
    assert.deepEqual(exitReason("139\n"), { kind: "signalled", signal: "SIGSEGV" });
    assert.deepEqual(exitReason("192"), { kind: "signalled", signal: "signal 64" });
    assert.deepEqual(exitReason("lost\n"), { kind: "connection-lost" });
    assert.deepEqual(exitReason(""), { kind: "connection-lost" });
  });

  it("understands only whole messages of `receive`", () => {
    assert.deepEqual(parseReceiveState('{"state":"partial","blocks":["00ff"],"freeBytes":12}'), {
      state: "partial",
      blocks: ["00ff"],
      freeBytes: 12,
    });
    for (const line of [
      "",
      "[]",
      "null",
      '{"state":"odd","blocks":[],"freeBytes":1}',
      '{"state":"new","blocks":[]}',
      "{",
    ]) {
      assert.equal(parseReceiveState(line), undefined);
      assert.equal(parseReceiveEvent(line), undefined);
    }
    assert.deepEqual(parseReceiveEvent('{"received":7}'), { kind: "received", bytes: 7 });
    assert.deepEqual(parseReceiveEvent('{"done":true,"bytes":9}'), { kind: "done", bytes: 9 });
    assert.equal(parseReceiveEvent('{"received":-7}'), undefined);
    assert.equal(parseReceiveEvent('{"received":1e99}'), undefined);
    assert.deepEqual(parseReceiveEvent('{"error":{"code":"disk-full","message":"Full.","context":{"freeBytes":3}}}'), {
      kind: "error",
      code: "disk-full",
      message: "Full.",
      context: { freeBytes: "3" },
    });
  });

  it("quotes for the shell only where it must", () => {
    assert.equal(quoted("models/a-b_1.gguf"), "models/a-b_1.gguf");
    assert.equal(quoted("it's $HOME"), `'it'\\''s $HOME'`);
    assert.equal(quoted(""), "''");
  });
});

describe("numbers in messages", () => {
  it("gives both parts in the unit of the whole", () => {
    assert.equal(partOf(3_060_000_000, 4_340_000_000), "3.06 of 4.34 GB");
    assert.equal(partOf(0, 85_000_000), "0.00 of 85.0 MB");
    assert.equal(partOf(120_000_000, 999_000_000), "120 of 999 MB");
    assert.equal(partOf(5, 17), "5 of 17 B");
  });

  it("follows the rate of the last seconds", () => {
    const rate = new Rate(1000);
    assert.equal(rate.add(0, 0), undefined);
    assert.equal(rate.add(10, 10), undefined);
    assert.equal(rate.add(500, 500), 1000);
    for (let ms = 600; ms <= 3000; ms += 100) rate.add(500 + (ms - 500) * 2, ms);
    assert.equal(Math.round(rate.add(5700, 3100) ?? 0), 2000);
  });
});
