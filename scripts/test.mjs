// `npm test`: every stage, each by the real tool. `--deep`: sanitizers and the AArch64 build instead.
// `--fast` (npm run check): what finishes within a minute. `--only a,b`: named stages.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { main, root, setUp } from "./setup.mjs";
import { deepStages, fastStages, stages } from "./lib/stages.mjs";

const flags = process.argv.slice(2);
const only = flags
  .find((flag) => flag.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");
const deep = flags.includes("--deep");

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
  try {
    for (const command of await stage.commands()) {
      const code = await runLogged(stage.name, command, counts);
      if (code !== 0) ok = false;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    ok = false;
  }
  // A gate without tests of its own (lint, types) counts as one.
  if (counts.passed + counts.failed === 0) counts[ok ? "passed" : "failed"] = 1;
  else if (!ok && counts.failed === 0) counts.failed = 1;
  return { stage, ok, counts, seconds: (Date.now() - started) / 1000 };
}

function runLogged(name, [command, ...args], counts) {
  const folder = path.join(root, "build", "logs");
  mkdirSync(folder, { recursive: true });
  const log = createWriteStream(path.join(folder, `${name}.log`), { flags: "a" });
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
      resolve(127);
    });
    child.on("close", (code) => {
      log.end();
      count(tail, counts);
      resolve(code ?? 1);
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

function report(results) {
  console.log("\n── summary");
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { stage, ok, counts, seconds } of results) {
    for (const key of Object.keys(sum)) sum[key] += counts[key];
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped (reasons above)` : "";
    console.log(
      `${ok ? "✓" : "✗"} ${stage.name.padEnd(12)} ${seconds.toFixed(0).padStart(4)} s   ${counts.passed} passed${skipped}`,
    );
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
  return results.length > 0 && results.every((result) => result.ok) ? 0 : 1;
}

if (!existsSync(path.join(root, "package.json"))) throw new Error("Run this in the project's folder.");
