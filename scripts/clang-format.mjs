// Formats the C++ sources, or with --check fails where one is not formatted.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, output, run } from "./lib/process.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
// Versions format differently, so one of them is the measure: Debian 12's, which Ubuntu has too.
const version = 14;
const formatter = findProgram(`clang-format-${version}`, "clang-format");
if (formatter === undefined) {
  console.error(`clang-format was not found: install the package clang-format-${version}.`);
  process.exit(1);
}
const found = output(formatter, ["--version"])?.match(/version (\d+)/)?.[1];
if (Number(found) !== version) {
  console.log(`skipped: the C++ sources are formatted by clang-format ${version}, and this system has ${found} only`);
  process.exit(0);
}
const files = output("git", ["ls-files", "--cached", "--others", "--exclude-standard", "agent"], { cwd: root })
  .split("\n")
  .filter((file) => /\.(cc|h)$/.test(file) && !file.includes(".gen."));
const mode = process.argv.includes("--check") ? ["--dry-run", "--Werror"] : ["-i"];
process.exitCode = files.length === 0 ? 0 : await run(formatter, [...mode, ...files], { cwd: root });
