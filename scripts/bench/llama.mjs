// Installs node-llama-cpp (prebuilt llama.cpp) into the cache on demand, and drives it as a child process.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { root } from "../setup.mjs";
import { run } from "../lib/process.mjs";

const version = "3.22.1";
const folder = path.join(root, ".cache", "llama");

export async function installLlama() {
  const installed = path.join(folder, "node_modules", "node-llama-cpp", "package.json");
  if (existsSync(installed) && JSON.parse(readFileSync(installed, "utf8")).version === version) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }');
  const args = [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `node-llama-cpp@${version}`,
  ];
  if ((await run("npm", args, { cwd: folder })) !== 0) throw new Error("node-llama-cpp could not be installed.");
}

/** The llama.cpp release inside the package, so that a figure names what it was compared with. */
export function llamaRelease() {
  const packages = path.join(folder, "node_modules", "@node-llama-cpp");
  const file = path.join(
    packages,
    `${process.platform}-${process.arch}`,
    "bins",
    `${process.platform}-${process.arch}`,
  );
  try {
    const metadata = JSON.parse(readFileSync(path.join(file, "_nlcBuildMetadata.json"), "utf8"));
    return `llama.cpp ${metadata.buildOptions.llamaCpp.release}`;
  } catch {
    return "llama.cpp (release unknown)";
  }
}

export async function startLlama(model, threads) {
  const worker = path.join(root, "scripts", "bench", "llama-worker.mjs");
  const child = spawn(process.execPath, [worker, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const call = async (request) => {
    child.stdin.write(JSON.stringify(request) + "\n");
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("llama.cpp ended unexpectedly.");
      if (!value.startsWith("{")) continue; // A library that prints to stdout.
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.seconds;
    }
  };
  await call({ load: { path: model, threads } });
  return {
    prefill: async (count) => count / (await call({ prefill: count })),
    decode: async (count) => count / (await call({ decode: count })),
    end: () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.stdin.end();
      }),
  };
}
