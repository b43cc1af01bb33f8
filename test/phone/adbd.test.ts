import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { freePort } from "../../src/device/freePort";
import { Bench, must, patient, randomFile, runAdb, until } from "./support";

/** The virtual phone as the real adb program sees it. */
describe("virtual phone with the real adb program", () => {
  let bench: Bench;
  const adb = (...args: string[]): ReturnType<typeof runAdb> =>
    runAdb(bench.server, ["-s", bench.phone.serial, ...args]);
  const text = async (...args: string[]): Promise<string> => (await adb(...args)).stdout.toString().trim();

  before(async () => {
    bench = await Bench.start();
    must(await bench.adb.connect(bench.phone.serial, patient()));
  });
  after(() => bench.stop());

  it("is listed with its model", async () => {
    assert.match(
      await text("devices", "-l"),
      /127\.0\.0\.1:\d+\s+device product:houji_global model:23127PN0CG device:houji/,
    );
  });

  it("passes exit codes and tells stdout from stderr", async () => {
    const outcome = await adb("shell", "echo out; echo err >&2; exit 37");
    assert.deepEqual([outcome.code, outcome.stdout.toString(), outcome.stderr], [37, "out\n", "err\n"]);
  });

  it("takes standard input and its end", async () => {
    const outcome = await runAdb(bench.server, ["-s", bench.phone.serial, "shell", "wc -c"], Buffer.alloc(300_000));
    assert.equal(outcome.stdout.toString().trim(), "300000");
  });

  it("answers as a phone does", async () => {
    assert.equal(await text("shell", "getprop ro.soc.model"), "SM8650");
    assert.equal(await text("shell", "getprop no.such.key fallback"), "fallback");
    assert.match(await text("shell", "getprop"), /^\[ro\.product\.model\]: \[23127PN0CG\]$/m);
    assert.match(await text("shell", "df /data"), /\/dev\/block\/dm-52 +\d+ +\d+ +\d+ +\d+% \/data/);
    assert.match(await text("shell", "cat /proc/meminfo"), /^MemAvailable: +\d+ kB$/m);
    assert.equal((await text("shell", "grep -c processor /proc/cpuinfo")).trim(), "8");
    assert.match(await text("shell", "cat /sys/class/thermal/thermal_zone*/type"), /^skin-msm-therm$/m);
    assert.equal(await text("shell", "cat /sys/devices/system/cpu/cpu7/cpufreq/cpuinfo_max_freq"), "3302000");
    assert.match(await text("shell", "dumpsys battery"), /level: 78/);
    assert.match(await text("shell", "uname -m"), /^(x86_64|aarch64)$/);
    assert.match(await text("shell", "id"), /^uid=2000\(shell\)/);
  });

  it("has its own folder for /data/local/tmp", async () => {
    await adb(
      "shell",
      "mkdir -p /data/local/tmp/a/b && echo hi > /data/local/tmp/a/b/c && chmod 700 /data/local/tmp/a/b/c",
    );
    assert.equal(await readFile(bench.phone.hostPath("/data/local/tmp/a/b/c"), "utf8"), "hi\n");
    assert.equal(await text("shell", "cd /data/local/tmp/a && ls"), "b");
    assert.match(
      await text("shell", "sha256sum /data/local/tmp/a/b/c"),
      /^98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4/,
    );
    await adb("shell", "rm -r /data/local/tmp/a");
    assert.equal(await text("shell", "ls /data/local/tmp"), "");
  });

  it("pushes and pulls 50 MB unchanged, with mode and time", async () => {
    const file = await randomFile(path.join(bench.folder, "fifty"), 50_000_000);
    const pushed = await adb("push", file, "/data/local/tmp/folder/fifty");
    assert.equal(pushed.code, 0, pushed.stderr);
    const there = await stat(bench.phone.hostPath("/data/local/tmp/folder/fifty"));
    assert.equal(Math.floor(there.mtimeMs / 1000), Math.floor((await stat(file)).mtimeMs / 1000));
    const back = path.join(bench.folder, "back");
    assert.equal((await adb("pull", "/data/local/tmp/folder/fifty", back)).code, 0);
    assert.ok((await readFile(file)).equals(await readFile(back)));
    assert.match(await text("ls", "/data/local/tmp/folder"), /02faf080 [0-9a-f]{8} fifty/);
  });

  it("carries every byte both ways over exec:", async () => {
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7 + (index >> 8)) & 255));
    await writeFile(bench.phone.hostPath("/data/local/tmp/bytes"), bytes);
    const out = await adb("exec-out", "cat /data/local/tmp/bytes");
    assert.ok(out.stdout.equals(bytes));
    await runAdb(bench.server, ["-s", bench.phone.serial, "exec-in", "cat > /data/local/tmp/copy"], bytes);
    const size = (): Promise<number> =>
      stat(bench.phone.hostPath("/data/local/tmp/copy")).then(
        (found) => found.size,
        () => 0,
      );
    await until(async () => (await size()) === bytes.length);
    assert.ok((await readFile(bench.phone.hostPath("/data/local/tmp/copy"))).equals(bytes));
  });

  it("refuses services that it does not have, and paths outside its folder", async () => {
    assert.notEqual((await adb("pull", "/data/local/tmp/none", bench.folder)).code, 0);
    assert.notEqual((await adb("reboot")).code, 0);
    const pulled = await adb("pull", "/../../../../etc/hostname", path.join(bench.folder, "hostname"));
    assert.notEqual(pulled.code, 0);
  });

  it("forwards and reverses connections", async () => {
    const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await until(() => echo.listening);
    const address = echo.address();
    const echoPort = typeof address === "object" && address !== null ? address.port : 0;
    const [there, back] = [await freePort(), await freePort()];
    assert.equal((await adb("forward", `tcp:${there}`, `tcp:${echoPort}`)).code, 0);
    assert.equal(await ask(there, "to the phone"), "to the phone");
    assert.equal((await adb("reverse", `tcp:${back}`, `tcp:${echoPort}`)).code, 0);
    assert.match(await text("reverse", "--list"), new RegExp(`tcp:${back} tcp:${echoPort}`));
    assert.equal(await ask(back, "to the computer"), "to the computer");
    assert.match(await text("reverse", "tcp:0", `tcp:${echoPort}`), /^\d+$/);
    assert.equal((await adb("reverse", "--remove", `tcp:${back}`)).code, 0);
    assert.notEqual((await adb("reverse", "--remove", `tcp:${back}`)).code, 0);
    assert.equal((await adb("reverse", "--remove-all")).code, 0);
    assert.equal(await text("reverse", "--list"), "");
    echo.close();
  });

  it("ends with everything that runs on it", async () => {
    const other = await Bench.start();
    must(await other.adb.connect(other.phone.serial, patient()));
    const command = "sleep 600 & echo $$ $! > /data/local/tmp/pids; wait";
    const running = runAdb(other.server, ["-s", other.phone.serial, "shell", command]);
    const read = (): Promise<string> => readFile(other.phone.hostPath("/data/local/tmp/pids"), "utf8").catch(() => "");
    await until(async () => (await read()).endsWith("\n"));
    const pids = (await read()).trim().split(" ");
    assert.deepEqual(await Promise.all(pids.map(isRunning)), [true, true]);
    await other.stop();
    await running;
    await until(async () => !(await Promise.all(pids.map(isRunning))).includes(true));
    await assert.rejects(stat(other.phone.root));
  });
});

/** False also for one that has ended and that nobody has asked about yet. */
async function isRunning(pid: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return line !== "" && line.slice(line.lastIndexOf(")") + 2, line.lastIndexOf(")") + 3) !== "Z";
}

function ask(port: number, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Not ended before the answer is here: adb closes both directions when one ends.
    const socket = net.connect(port, "127.0.0.1", () => socket.write(words));
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.length === words.length) socket.end();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}
