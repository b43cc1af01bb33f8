// Starts a virtual phone; `npm run virtual-phone -- --help` says what it can do.
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bundle = path.join(root, "dist/virtual-phone.js");

await build({
  absWorkingDir: root,
  entryPoints: ["src/device/virtual/main.ts"],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
});
// The phone ends itself when it gets the same signal; this process only waits and passes its exit code on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
const child = spawn(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
