// Makes the .vsix: bare, or with --agents whole, that is with the agents that are built and the demo model. --out FILE.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "./lib/process.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
/** Build preset to the folder that the extension looks in. */
const targets = { "host-release": "linux-x64", "linux-arm64": "linux-arm64", "android-arm64": "android-arm64" };

/** Returns the bytes of the .vsix. A bare one runs an agent that a setting names. */
export async function packageExtension({ agents, out }) {
  if (process.platform === "linux" && process.arch === "arm64") targets["host-release"] = "linux-arm64";
  const folder = path.join(root, "agents");
  rmSync(folder, { recursive: true, force: true });
  if (agents) {
    for (const [preset, target] of Object.entries(targets)) {
      const built = path.join(root, "build", preset, "bin", "tandem-agent");
      if (!existsSync(built)) continue;
      mkdirSync(path.join(folder, target), { recursive: true });
      const copy = path.join(folder, target, "tandem-agent");
      cpSync(built, copy);
      const strip = target.endsWith("arm64") && process.arch !== "arm64" ? "aarch64-linux-gnu-strip" : "strip";
      await run(strip, ["--strip-debug", copy]);
      chmodSync(copy, 0o755);
      // The virtual phone's NPU; a real phone has its own.
      const npu = path.join(root, "build", preset, "reference-npu", "libtandem_reference_npu.so");
      if (preset === "host-release" && existsSync(npu)) {
        cpSync(npu, path.join(folder, target, path.basename(npu)));
        await run("strip", ["--strip-debug", path.join(folder, target, path.basename(npu))]);
      }
    }
  }
  try {
    mkdirSync(path.dirname(out), { recursive: true });
    const bundle = await run(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
    const vsce = path.join(root, "node_modules", ".bin", "vsce");
    const ignore = path.join(root, "build", "vscodeignore");
    const listed = readFileSync(path.join(root, ".vscodeignore"), "utf8");
    writeFileSync(ignore, agents ? listed : listed.replace(/^!media\/demo-model.*\n/m, ""));
    const args = [
      vsce,
      "package",
      "--no-dependencies",
      "--allow-missing-repository",
      "--no-rewrite-relative-links",
      "--ignoreFile",
      ignore,
      "--out",
      out,
    ];
    const code =
      bundle === 0 ? await run(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] }) : bundle;
    if (code !== 0) throw new Error(`The extension could not be packaged (exit code ${code}).`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return statSync(out).size;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf("--out");
  const out = at > 0 ? path.resolve(process.argv[at + 1]) : path.join(root, "build", "tandem.vsix");
  const bytes = await packageExtension({ agents: process.argv.includes("--agents"), out });
  console.log(`${path.relative(root, out)}: ${(bytes / 1e6).toFixed(2)} MB`);
}
