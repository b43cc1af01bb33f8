// Formats the C++ sources, or with --check fails where one is not formatted.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, output, run } from "./lib/process.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const formatter = findProgram("clang-format");
if (formatter === undefined) {
  console.error('clang-format was not found: install the package "clang-format".');
  process.exit(1);
}
const files = output("git", ["ls-files", "--cached", "--others", "--exclude-standard", "agent"], { cwd: root })
  .split("\n")
  .filter((file) => /\.(cc|h)$/.test(file) && !file.includes(".gen."));
const mode = process.argv.includes("--check") ? ["--dry-run", "--Werror"] : ["-i"];
process.exitCode = files.length === 0 ? 0 : await run(formatter, [...mode, ...files], { cwd: root });
