// Everything that `npm run demo` and `npm test` need, from a machine that has only git and Node.
// A second call finds its work done. Uses nothing but Node itself: it runs before npm's packages are there.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromiumPath, installChromium } from "./lib/chromium.mjs";
import { findProgram, output, run } from "./lib/process.mjs";
import { systemPackages } from "./lib/system-packages.mjs";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Thrown with one sentence that says what is missing and what to do. */
export class SetUpError extends Error {}

/**
 * @param {{ for: "demo" | "test" | "deep" | "bench" | "start" }} wanted
 */
export async function setUp(wanted) {
  checkNode();
  // System packages first: npm never leaves a half-made install behind when these are refused.
  await installSystemPackages(systemPackages[wanted.for]);
  checkCmake();
  await provideChromium();
  await installNpmPackages();
  // The demo needs the program only; the tests of the agent take longer to build than all of it.
  const testing = wanted.for === "test" || wanted.for === "deep";
  await buildAgent("host-release", testing ? "all" : "tandem-agent");
  await bundle(testing || wanted.for === "bench");
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetUpError(`Tandem needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer Node.`);
}

/** Ubuntu 22.04 has an older one, which does not read our presets. */
function checkCmake() {
  const [, major, minor] = output("cmake", ["--version"])?.match(/version (\d+)\.(\d+)/) ?? [];
  if (Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 25)) return;
  throw new SetUpError(
    `Tandem needs CMake 3.25 or newer, and this system has ${major}.${minor}: take Debian 12, Ubuntu 24.04 or newer, or put a newer CMake on the PATH.`,
  );
}

async function installSystemPackages(names) {
  if (!findProgram("dpkg-query") || !findProgram("apt-get")) {
    throw new SetUpError(
      `Set-up is automatic on Debian and Ubuntu only: on this system install the counterparts of ${names.join(", ")} by hand, then build with "cmake --preset host-release" in agent/.`,
    );
  }
  const browses = (await chromiumPath()) !== undefined;
  const missing = names.filter((name) => !(name === "chromium-headless-shell" && browses) && !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const isRoot = process.getuid?.() === 0;
  const sudo = !isRoot && process.env.CI ? ["sudo", "-n"] : [];
  if (!isRoot && sudo.length === 0) {
    throw new SetUpError(`These system packages are missing; nothing was installed. Run:\n  sudo ${command}`);
  }
  step(`Installing system packages: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = [...sudo, "apt-get", "-qq"];
  const install = [...apt, "install", "-y", "--no-install-recommends", ...missing];
  await run(apt[0], [...apt.slice(1), "update"], { env });
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  if ((await run(install[0], install.slice(1), quiet)) !== 0) {
    throw new SetUpError(`System packages could not be installed. Run this and read what it says:\n  ${command}`);
  }
}

function isInstalled(name) {
  return output("dpkg-query", ["-W", "-f=${db:Status-Status}", name]) === "installed";
}

async function provideChromium() {
  if ((await chromiumPath()) !== undefined) return;
  const reason = await installChromium(step);
  if (reason !== undefined) throw new SetUpError(reason);
}

async function installNpmPackages() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  const stamp = path.join(root, "node_modules", ".tandem-lock");
  const key = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  step("Installing npm packages");
  // No package of ours needs its install script; keytar's would compile for nothing.
  const code = await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
  });
  if (code !== 0) throw new SetUpError('npm could not install its packages: run "npm ci" and read what it says.');
  writeFileSync(stamp, key);
}

/** Configures (once) and builds one preset of agent/CMakePresets.json; quiet where there is nothing to do. */
export async function buildAgent(preset, target = "all") {
  const folder = path.join(root, "build", preset);
  const agent = path.join(root, "agent");
  if (!existsSync(path.join(folder, "build.ninja"))) {
    step(`Configuring the agent (${preset})`);
    const launcher = findProgram("ccache") ? ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] : [];
    const code = await run("cmake", ["--preset", preset, "--log-level=WARNING", ...launcher], {
      cwd: agent,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (code !== 0)
      throw new SetUpError(`CMake could not configure the agent: run "cmake --preset ${preset}" in agent/.`);
  }
  const ninja = ["-C", folder, "-j", String(availableParallelism()), target];
  const idle = output("ninja", [...ninja, "-n"])?.includes("no work to do");
  if (idle) return folder;
  step(`Building the agent (${preset})`);
  mkdirSync(path.join(root, "build", "logs"), { recursive: true });
  if ((await run("ninja", [...ninja, "--quiet"], { stdio: ["ignore", "inherit", "inherit"] })) !== 0) {
    throw new SetUpError(`The agent did not build: run "cmake --build --preset ${preset}" in agent/.`);
  }
  return folder;
}

async function bundle(withTests) {
  const code = await run(process.execPath, ["esbuild.mjs", ...(withTests ? ["--tests"] : [])], { cwd: root });
  if (code !== 0) throw new SetUpError("The TypeScript bundles did not build: see the errors above.");
}

function step(text) {
  console.log(`› ${text}`);
}

/** Runs a script's main function; a SetUpError becomes its sentence and exit code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => setUp({ for: process.argv[2] ?? "test" }));
}
