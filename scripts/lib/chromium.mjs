// The Chromium that draws pictures and drives the tests: the one that the person names, one on the PATH that really
// starts, or a copy of our own in .cache, for Ubuntu, whose packages are stubs that want a snap.
import { spawn } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { findProgram, run } from "./process.mjs";

const version = "153.0.0";
const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../.cache/chromium");
const own = path.join(folder, version, "chromium");

/** Chromium without a sandbox (it runs as root in containers) and without any traffic of its own. */
const flags = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-domain-reliability",
  "--no-pings",
];

export const noChromium =
  'No Chromium that starts was found: run "npm run demo", which installs one, or set TANDEM_CHROMIUM to the path of yours.';

let found;

/** Path of a Chromium that starts here; undefined where there is none yet. Looks until it has found one. */
export async function chromiumPath() {
  found ??= await find();
  return found;
}

async function find() {
  if (process.env.TANDEM_CHROMIUM) return process.env.TANDEM_CHROMIUM;
  // The shell first: without a browser's own pages it starts in half the time.
  const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const file of [...names.map((name) => findProgram(name)), own]) {
    if (file !== undefined && existsSync(file) && (await starts(file))) return file;
  }
  return undefined;
}

/** A headless Chromium for playwright; throws where there is none. */
export async function launchChromium(more = []) {
  const executablePath = await chromiumPath();
  if (executablePath === undefined) throw new Error(noChromium);
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

/**
 * Its name says little: Ubuntu's `chromium-browser` is a script that asks for a snap, and a snap sees another /tmp than
 * we do. So it has to start, and to write into the profile that it was given.
 */
async function starts(file) {
  const profile = await mkdtemp(path.join(os.tmpdir(), "tandem-chromium-"));
  const args = [...flags, "--headless", `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"];
  const child = spawn(file, args, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("error", resolve).once("exit", resolve));
  let running = true;
  void ended.then(() => (running = false));
  try {
    const ready = path.join(profile, "DevToolsActivePort");
    const patience = performance.now() + 30_000;
    while (running && performance.now() < patience && !existsSync(ready)) await delay(20);
    return existsSync(ready);
  } finally {
    child.kill("SIGKILL");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/**
 * Puts our own copy into .cache: prebuilt, from the npm registry (https://github.com/Sparticuz/chromium), about 70 MB.
 * @param {(line: string) => void} say told what is being done
 * @returns {Promise<string | undefined>} why it could not be had, as one sentence
 */
export async function installChromium(say) {
  if (process.arch !== "x64") {
    return `There is no Chromium that set-up could install for ${process.arch} here: install Chrome or Chromium by hand and set TANDEM_CHROMIUM to its path.`;
  }
  const what = `@sparticuz/chromium@${version}`;
  say(`Installing Chromium into .cache/chromium (${what}, 70 MB)`);
  await mkdir(folder, { recursive: true });
  const install = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  if ((await run("npm", [...install, "--loglevel=error", what], { cwd: folder, stdio: quiet })) !== 0) {
    return `npm could not install ${what}: look at what npm says above, or set TANDEM_CHROMIUM to the path of a Chromium that starts.`;
  }
  const packed = path.join(folder, "node_modules/@sparticuz/chromium/bin");
  const fresh = `${path.dirname(own)}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await unpack(path.join(packed, "chromium.br"), path.join(fresh, "chromium"));
  await chmod(path.join(fresh, "chromium"), 0o755);
  // ANGLE and SwiftShader: without them there is no WebGL2.
  const graphics = path.join(fresh, "graphics.tar");
  await unpack(path.join(packed, "swiftshader.tar.br"), graphics);
  if ((await run("tar", ["-xf", graphics, "-C", fresh])) !== 0) {
    return `The graphics libraries of ${what} could not be unpacked: delete .cache/chromium and run this again.`;
  }
  await rm(graphics);
  await rm(path.dirname(own), { recursive: true, force: true });
  await rename(fresh, path.dirname(own));
  await rm(path.join(folder, "node_modules"), { recursive: true, force: true });
  if ((await chromiumPath()) !== undefined) return undefined;
  return `Chromium was installed as ${own} but does not start: run "${own} --headless --no-sandbox about:blank" to see why.`;
}

const quiet = ["ignore", "ignore", "inherit"];

async function unpack(from, to) {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}
