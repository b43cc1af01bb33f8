// From a moved slider to the updated prediction on the screen: the tuner's page in Chromium, its host side, a real
// agent, and the plan of an 8B model.
/* global document, requestAnimationFrame, Event -- in what runs in the page */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { chromiumPath, noChromium } from "../lib/chromium.mjs";
import { openTunePage } from "../lib/tune-page.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const agent = path.join(root, "build/host-release/bin/tandem-agent");
const moves = 40;

export async function benchTune({ model = "llama-3-8b" } = {}) {
  if ((await chromiumPath()) === undefined) return console.log(`Skipped: ${noChromium}`);
  if (!existsSync(agent)) return console.log(`Skipped: ${agent} is not built.`);
  const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-tune-bench-"));
  try {
    const trace = await simulated(model, folder);
    const tuner = await openTunePage({ trace, agent });
    try {
      const { page } = tuner;
      await page.locator(".tune-keys .delta").first().waitFor();
      const { times, solveMs } = await page.evaluate(moveSlider, moves);
      times.sort((a, b) => a - b);
      const at = (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))].toFixed(1);
      console.log(`${model}, Snapdragon 8 Gen 3, GPU share cap moved ${times.length} times, each awaited`);
      console.log(`  ${"slider to updated prediction, ms".padEnd(44)} median ${at(0.5)}, p95 ${at(0.95)} (bar: 50)`);
      console.log(`  ${"of it the solver, ms".padEnd(44)} ${solveMs}`);
    } finally {
      await tuner.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A trace of a simulated run, as the extension stores it. */
export async function simulated(model, folder, more = []) {
  const cli = path.join(root, "dist/cli.js");
  const words = [cli, "simulate", model, "--soc", "snapdragon-8-gen-3", "--runs", folder, "--agent", agent, ...more];
  await promisify(execFile)(process.execPath, words, { maxBuffer: 64 << 20 });
  const [file] = (await readdir(folder)).filter((name) => name.endsWith(".pftrace"));
  if (file === undefined) throw new Error("the simulation left no trace");
  return path.join(folder, file);
}

/** In the page: moves the slider a step, and waits until the figures of that very step have been painted. */
async function moveSlider(count) {
  const app = document.querySelector("tandem-tune");
  const slider = document.querySelector('[data-setting="gpuShareCap"] input');
  const times = [];
  const next = () => app.prediction.next;
  for (let move = 0; move < count; move++) {
    const before = next();
    const began = performance.now();
    slider.value = String(4 + (move % 15));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (next() === before) await new Promise((done) => setTimeout(done, 0));
    await app.updateComplete;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    times.push(performance.now() - began);
  }
  return { times, solveMs: next().solveMs.toFixed(1) };
}
