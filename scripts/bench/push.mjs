// Push rate against plain `adb push` of the same file, through the same adb server to the same virtual phone.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { output, run } from "../lib/process.mjs";
import { bundled } from "../lib/webview.mjs";
import { root } from "../setup.mjs";
import { makeModel } from "./engine.mjs";
import { describe, median } from "./statistics.mjs";

export async function benchPush(repetitions = 3) {
  const file = await makeModel("1b", "Q4_0");
  const megabytes = statSync(file).size / 1e6;
  const home = mkdtempSync(path.join(tmpdir(), "tandem-bench-"));
  const { freePort } = await bundled("src/device/freePort.ts");
  const adbPort = String(await freePort());
  // A server, keys and runs of our own: nothing of the user's is touched.
  const env = { ...process.env, HOME: home, ANDROID_ADB_SERVER_PORT: adbPort, TANDEM_RUNS: path.join(home, "runs") };
  const phone = await startPhone(path.join(root, "dist", "virtual-phone.js"), env);
  try {
    output("adb", ["connect", phone.serial], { env });
    const ours = [];
    const plain = [];
    const unchanged = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      output("adb", ["-s", phone.serial, "shell", "rm -rf /data/local/tmp/tandem/models /data/local/tmp/plain.gguf"], {
        env,
      });
      ours.push(megabytes / tandemPush(file, phone.serial, env));
      const start = process.hrtime.bigint();
      const code = await run("adb", ["-s", phone.serial, "push", file, "/data/local/tmp/plain.gguf"], {
        env,
        stdio: "ignore",
      });
      if (code !== 0) throw new Error("adb push failed.");
      plain.push(megabytes / (Number(process.hrtime.bigint() - start) / 1e9));
      unchanged.push(tandemPush(file, phone.serial, env));
    }
    console.log(
      `Push of ${megabytes.toFixed(0)} MB to the virtual phone, MB/s: ${describe(ours)} against adb push ${describe(plain)}: ${(median(ours) / median(plain)).toFixed(2)}x`,
    );
    console.log(`Push of the unchanged model, s: ${describe(unchanged, 2)}`);
  } finally {
    await phone.end();
    // This server is the bench's own, on a port of its own.
    output("adb", ["kill-server"], { env });
    rmSync(home, { recursive: true, force: true });
  }
}

function tandemPush(file, serial, env) {
  const start = process.hrtime.bigint();
  const cli = path.join(root, "dist", "cli.js");
  const text = output(process.execPath, [cli, "push", file, "--device", serial, "--json"], { env });
  if (text === undefined) throw new Error("tandem push failed.");
  const { reusedBytes, seconds } = JSON.parse(text);
  // An unchanged model is timed as a user waits for it: the whole command.
  return reusedBytes > 0 ? Number(process.hrtime.bigint() - start) / 1e9 : seconds;
}

async function startPhone(program, env) {
  if (!existsSync(program)) throw new Error('dist/virtual-phone.js is missing: run "npm run build".');
  const folder = path.join(env.HOME, "phone");
  mkdirSync(folder);
  const child = spawn(process.execPath, [program, "--folder", folder], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const serial = line.match(/adb connect (\S+)/)?.[1];
    if (serial === undefined) continue;
    return {
      serial,
      end: () =>
        new Promise((resolve) => {
          child.once("exit", resolve);
          child.kill("SIGTERM");
        }),
    };
  }
  throw new Error("The virtual phone did not start.");
}
