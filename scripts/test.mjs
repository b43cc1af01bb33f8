// `npm test`: every stage, each by the real tool. `--deep`: sanitizers and the AArch64 build instead.
// `--fast` (npm run check): what finishes within a minute. `--only a,b`: named stages.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main, root, setUp } from "./setup.mjs";
import { deepStages, fastStages, stages } from "./lib/stages.mjs";

const flags = process.argv.slice(2);
const only = flags
  .find((flag) => flag.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");
const deep = flags.includes("--deep");
const logs = path.join(root, "build", "logs");
/** What is repeated of a failed stage beside the summary. */
const excerptLength = 8000;

await main(async () => {
  await setUp({ for: deep ? "deep" : "test" });
  const chosen = (deep ? deepStages : flags.includes("--fast") ? fastStages : stages).filter(
    (stage) => only === undefined || only.includes(stage.name),
  );
  const results = [];
  for (const stage of chosen) results.push(await runStage(stage));
  return report(results);
});

async function runStage(stage) {
  console.log(`\n── ${stage.name}: ${stage.title}`);
  const started = Date.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let ok = true;
  let failures = "";
  try {
    for (const command of await stage.commands()) {
      const { code, tail } = await runLogged(stage.name, command);
      count(tail, counts);
      if (code === 0) continue;
      ok = false;
      failures += failuresIn(tail);
    }
  } catch (error) {
    failures += error instanceof Error ? error.message : String(error);
    console.error(failures);
    ok = false;
  }
  // A gate without tests of its own (lint, types) counts as one.
  if (counts.passed + counts.failed === 0) counts[ok ? "passed" : "failed"] = 1;
  else if (!ok && counts.failed === 0) counts.failed = 1;
  return { stage, ok, counts, failures, seconds: (Date.now() - started) / 1000 };
}

function runLogged(name, [command, ...args]) {
  mkdirSync(logs, { recursive: true });
  const log = createWriteStream(path.join(logs, `${name}.log`), { flags: "a" });
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let tail = "";
    const take = (chunk) => {
      process.stdout.write(chunk);
      log.write(chunk);
      tail = (tail + chunk).slice(-65536);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error) => {
      take(`${command}: ${error.message}\n`);
      resolve({ code: 127, tail });
    });
    child.on("close", (code) => {
      log.end();
      resolve({ code: code ?? 1, tail });
    });
  });
}

/** Adds up what mocha and ctest print of themselves. */
function count(text, counts) {
  const number = (pattern) => Number(text.match(pattern)?.[1] ?? 0);
  counts.passed += number(/^\s+(\d+) passing/m);
  counts.failed += number(/^\s+(\d+) failing/m);
  counts.skipped += number(/^\s+(\d+) pending/m);
  const ctest = text.match(/tests passed, (\d+) tests? failed out of (\d+)/);
  if (ctest) {
    counts.passed += Number(ctest[2]) - Number(ctest[1]);
    counts.failed += Number(ctest[1]);
  }
}

/** mocha tells its failures after all tests, ctest and gtest a line for each; of other tools the end is shown. */
function failuresIn(text) {
  const mochas = text.search(/^\s+\d+ failing$/m);
  if (mochas >= 0) return text.slice(mochas).slice(0, excerptLength);
  const lines = text.split("\n").filter((line) => /FAILED|Failure$|\*\*\*|Sanitizer/.test(line));
  return (lines.length > 0 ? lines.join("\n") : text).slice(-excerptLength);
}

function report(results) {
  const lines = [];
  for (const { stage, ok, failures } of results) {
    if (!ok) lines.push(`\n── ${stage.name} failed`, failures.trimEnd());
  }
  lines.push("\n── summary");
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { stage, ok, counts, seconds } of results) {
    for (const key of Object.keys(sum)) sum[key] += counts[key];
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped (reasons above)` : "";
    lines.push(
      `${ok ? "✓" : "✗"} ${stage.name.padEnd(12)} ${seconds.toFixed(0).padStart(4)} s   ${counts.passed} passed${skipped}`,
    );
  }
  lines.push(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
  const text = `${lines.join("\n")}\n`;
  console.log(text);
  mkdirSync(logs, { recursive: true });
  writeFileSync(path.join(logs, `summary-${deep ? "deep" : "test"}.txt`), text);
  return results.length > 0 && results.every((result) => result.ok) ? 0 : 1;
}

if (!existsSync(path.join(root, "package.json"))) throw new Error("Run this in the project's folder.");
