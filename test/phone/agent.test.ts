import assert from "node:assert/strict";
import { chmod, copyFile, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { AgentProcess, Device } from "../../src/device/device";
import { agentPath, Bench, must, mustFail, needsAgent, patient, root, silent, until } from "./support";

const onPhone = "/data/local/tmp/tandem/tandem-agent";

describe("the agent on a phone", function () {
  let bench: Bench;
  let phone: Device;
  before(function () {
    needsAgent(this);
  });
  beforeEach(async () => {
    bench = await Bench.start();
    phone = await bench.connect();
  });
  afterEach(() => bench.stop());

  it("is pushed once, and again only when it differs", async () => {
    const seen: number[] = [];
    const first = must(await phone.deployAgent((step) => seen.push(step.done), patient()));
    const { size } = await stat(agentPath);
    assert.deepEqual([first.skipped, first.target, first.path], [false, "linux-x64", onPhone]);
    assert.deepEqual([seen[0], seen.at(-1)], [0, size]);
    assert.equal((await stat(bench.phone.hostPath(onPhone))).mode & 0o777, 0o755);

    const second = must(await phone.deployAgent(silent, patient()));
    assert.equal(second.skipped, true);

    await writeFile(bench.phone.hostPath(onPhone), "something else");
    await chmod(bench.phone.hostPath(onPhone), 0o755);
    const third = must(await phone.deployAgent(silent, patient()));
    assert.equal(third.skipped, false);
    assert.ok((await readFile(bench.phone.hostPath(onPhone))).equals(await readFile(agentPath)));
  });

  it("says hello over exec:, keeps a log, and tells how it ended", async () => {
    must(await phone.deployAgent(silent, patient()));
    const agent = must(await phone.startAgent(patient()));
    const hello = await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
    assert.equal((hello.result as { agent: { target: string } }).agent.target, "linux-x64");
    must(await phone.readAgentLog(patient()));
    agent.stdin.write(frame({ jsonrpc: "2.0", id: 2, method: "shutdown", params: {} }));
    agent.stdout.resume();
    assert.deepEqual(await agent.exited, { kind: "exited", code: 0 });
  });

  it("tells that it was killed by the phone", async () => {
    must(await phone.deployAgent(silent, patient()));
    const agent = must(await phone.startAgent(patient()));
    await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
    agent.stdout.resume();
    assert.equal(await bench.phone.killAgents(), 1);
    assert.deepEqual(await agent.exited, { kind: "signalled", signal: "SIGKILL" });
  });

  it("is killed on request, also when it does not listen any more", async () => {
    must(await phone.deployAgent(silent, patient()));
    const agent = must(await phone.startAgent(patient()));
    await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
    agent.stdout.resume();
    agent.kill();
    assert.deepEqual(await agent.exited, { kind: "signalled", signal: "SIGKILL" });
    await until(async () => (await bench.phone.killAgents()) === 0);
  });

  it("ends with the connection when the phone is unplugged", async () => {
    must(await phone.deployAgent(silent, patient()));
    const agent = must(await phone.startAgent(patient()));
    await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
    agent.stdout.resume();
    bench.phone.faults.set({ offline: true });
    bench.phone.unplug();
    assert.deepEqual(await agent.exited, { kind: "connection-lost" });
    await until(async () => (await bench.phone.killAgents()) === 0);
  });

  it("cannot start where it was never deployed", async () => {
    const agent = must(await phone.startAgent(patient()));
    agent.stdout.resume();
    assert.deepEqual(await agent.exited, { kind: "exited", code: 127 });
    mustFail(await phone.readAgentLog(patient()), "no-log");
  });

  it("does not go to a phone without room", async () => {
    await bench.phone.setDiskBytes(1000);
    const failed = mustFail(await phone.deployAgent(silent, patient()), "disk-full");
    assert.match(failed.message, /Virtual Xiaomi 14: it needs .* free/);
    await assert.rejects(stat(bench.phone.hostPath(onPhone)));
  });

  it("is not left under its own name when the connection breaks", async () => {
    bench.phone.faults.set({ dropAfterReceived: 500_000 });
    mustFail(await phone.deployAgent(silent, patient()), "connection-lost");
    await assert.rejects(stat(bench.phone.hostPath(onPhone)));
    assert.equal(must(await (await bench.reconnect()).deployAgent(silent, patient())).skipped, false);
  });
});

describe("the wrong agent", () => {
  it("is refused before anything is sent", async () => {
    const file = path.join(root, "package.json");
    const bench = await Bench.start({}, file);
    try {
      const phone = await bench.connect();
      mustFail(await phone.deployAgent(silent, patient()), "agent-unfit");
    } finally {
      await bench.stop();
    }
    const missing = await Bench.start({}, path.join(root, "no-such-agent"));
    try {
      mustFail(await (await missing.connect()).deployAgent(silent, patient()), "agent-missing");
    } finally {
      await missing.stop();
    }
  });
});

describe("an AArch64 agent", function () {
  const built = path.join(root, "build/linux-arm64/bin/tandem-agent");

  it("runs on a phone with arm64-v8a and says that it is CPU-only", async function () {
    needsAgent(this, built);
    const bench = await Bench.start({ abi: "arm64-v8a" }, built);
    try {
      const phone = await bench.connect();
      const report = must(await phone.deployAgent(silent, patient()));
      assert.equal(report.target, "linux-arm64");
      assert.match(report.notes[0] ?? "", /CPU-only, because/);
      const agent = must(await phone.startAgent(patient()));
      const hello = await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
      assert.equal((hello.result as { agent: { target: string } }).agent.target, "linux-arm64");
      agent.kill();
      await agent.exited;
    } finally {
      await bench.stop();
    }
  });

  it("is not sent to a phone with x86_64", async function () {
    needsAgent(this, built);
    const bench = await Bench.start({}, built);
    try {
      mustFail(await (await bench.connect()).deployAgent(silent, patient()), "agent-unfit");
    } finally {
      await bench.stop();
    }
  });
});

describe("the agent on this computer", function () {
  it("starts, says hello and tells how it ended", async function () {
    needsAgent(this);
    const bench = await Bench.start();
    try {
      const [computer] = bench.registry().devices;
      assert.ok(computer !== undefined);
      assert.equal(must(await computer.deployAgent(silent, patient())).skipped, true);
      const agent = must(await computer.startAgent(patient()));
      await request(agent, 1, "hello", { client: { name: "test", version: "0" }, protocol: 1 });
      agent.stdout.resume();
      agent.kill();
      assert.deepEqual(await agent.exited, { kind: "signalled", signal: "SIGKILL" });
      must(await computer.readAgentLog(patient()));
      mustFail(await computer.pushModel(path.join(bench.folder, "none.gguf"), silent, patient()), "model-missing");
      const copy = path.join(bench.folder, "copy.gguf");
      await copyFile(path.join(root, "package.json"), copy);
      assert.equal(must(await computer.pushModel(copy, silent, patient())).path, copy);
      await rm(copy);
    } finally {
      await bench.stop();
    }
  });
});

function frame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** One request and its answer by hand: what is tested here is the way, not the client. */
async function request(
  agent: AgentProcess,
  id: number,
  method: string,
  params: object,
): Promise<{ readonly id: number; readonly result: unknown }> {
  agent.stdin.write(frame({ jsonrpc: "2.0", id, method, params }));
  let all = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      all = Buffer.concat([all, chunk]);
      const head = /^Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(all.toString("latin1"));
      const end = head === null ? Infinity : head[0].length + Number(head[1]);
      if (head === null || all.length < end) return;
      agent.stdout.off("data", take).off("end", fail);
      agent.stdout.pause();
      resolve(JSON.parse(all.toString("utf8", head[0].length, end)) as { id: number; result: unknown });
    };
    const fail = (): void => reject(new Error(`the agent ended after ${all.length} bytes: ${all.toString("latin1")}`));
    agent.stdout.on("data", take).on("end", fail);
  });
}
