// Puts a real VS Code (code-server, which is VS Code's server and web workbench) and the Node that it needs into
// .cache/vscode, once. About 2 minutes and 600 MB, so it stays out of package.json.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { systemPackages } from "../lib/system-packages.mjs";

export const versions = { codeServer: "4.139.1", node: "24" };

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const folder = path.join(root, ".cache/vscode");
const nodeHome = path.join(folder, "node/node_modules/node/node_modules", `node-linux-${process.arch}`);
const marker = path.join(folder, "installed.json");

/** Where the installed parts lie. */
export const vsCodePaths = {
  folder,
  node: path.join(nodeHome, "bin/node"),
  entry: path.join(folder, "server/node_modules/code-server/out/node/entry.js"),
};

/** True when this very version is installed whole. */
export async function vsCodeInstalled() {
  if (!existsSync(marker) || !existsSync(vsCodePaths.entry)) return false;
  return (await readFile(marker, "utf8")) === JSON.stringify(versions);
}

/**
 * Installs VS Code where it is not installed yet. Needs the system packages of the tests.
 * @param {(line: string) => void} say told what is being done, in one line each
 */
export async function installVsCode(say = console.log) {
  if (await vsCodeInstalled()) return vsCodePaths;
  if (process.platform !== "linux") {
    throw new Error(
      "The VS Code for tests and for npm start is set up on Linux only: press F5 in your own VS Code instead.",
    );
  }
  // Under "npm test" the environment speaks of the Node that runs npm there, and code-server believes it.
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  say(`Installing VS Code (code-server ${versions.codeServer}) into .cache/vscode: about 2 minutes, 600 MB.`);
  await npmInstall(path.join(folder, "node"), `node@${versions.node}`, clean);
  const env = {
    ...clean,
    PATH: `${path.join(nodeHome, "bin")}${path.delimiter}${process.env.PATH}`,
    // Native modules are compiled against the headers that come with this Node, so nothing else is downloaded.
    npm_config_nodedir: nodeHome,
  };
  await npmInstall(path.join(folder, "server"), `code-server@${versions.codeServer}`, env);
  if (!existsSync(vsCodePaths.entry))
    throw new Error(`code-server was installed but ${vsCodePaths.entry} is not there.`);
  await writeFile(marker, JSON.stringify(versions));
  say("VS Code is installed.");
  return vsCodePaths;
}

async function npmInstall(prefix, what, env) {
  await mkdir(prefix, { recursive: true });
  const log = path.join(prefix, "npm-install.log");
  const args = ["install", "--prefix", prefix, "--no-audit", "--no-fund", "--loglevel", "warn", "--no-save", what];
  const output = [];
  const code = await new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd: prefix, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (data) => output.push(data));
    child.stderr.on("data", (data) => output.push(data));
    child.once("error", reject);
    child.once("close", resolve);
  });
  await writeFile(log, Buffer.concat(output));
  if (code === 0) return;
  const tail = Buffer.concat(output).toString("utf8").trim().split("\n").slice(-15).join("\n");
  throw new Error(
    `npm could not install ${what} (exit ${code}). Needed packages: ${systemPackages.test.join(" ")}.\n${tail}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await installVsCode();
