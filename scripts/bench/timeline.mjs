// How fast the timeline opens and moves with 1 M slices, beside speedscope with the same slices in the same browser.
//   node scripts/bench/timeline.mjs [--slices=1000000] [--skip-speedscope]
// The page runs as in the editor: it fetches the file, decodes, draws. speedscope gets its own format, its fastest.
/* global document, window, WheelEvent, KeyboardEvent, requestAnimationFrame -- in what runs in the page */
import { spawnSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromiumPath, launchChromium, noChromium } from "../lib/chromium.mjs";
import { buildTimeline, bundled } from "../lib/webview.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const cache = path.join(root, ".cache/bench-timeline");
const speedscopeVersion = "1.25.0";

export async function benchTimeline({ slices = 1_000_000, withSpeedscope = true } = {}) {
  if ((await chromiumPath()) === undefined) {
    console.log(`Skipped: ${noChromium}`);
    return;
  }
  await mkdir(cache, { recursive: true });
  await prepare(slices);
  const server = await serve();
  const browser = await launchChromium(["--enable-precise-memory-info"]);
  try {
    const address = `http://127.0.0.1:${server.address().port}`;
    const size = (await stat(path.join(cache, "run.pftrace"))).size;
    console.log(`${slices} slices, ${(size / 1e6).toFixed(1)} MB, ${browser.version()} headless, software rendering`);
    const ours = await measureOurs(browser, `${address}/timeline.html`);
    for (const [name, value] of Object.entries(ours)) console.log(`  ${name.padEnd(44)} ${value}`);
    if (!withSpeedscope) return;
    const theirs = await measureSpeedscope(browser, address);
    if (theirs === undefined) return;
    console.log(`speedscope ${speedscopeVersion}, one track of four at a time`);
    console.log(`  ${"open to the first picture, ms".padEnd(44)} ${theirs.openMs.toFixed(0)}`);
    console.log(`  ${"heap after garbage collection, MB".padEnd(44)} ${theirs.heap}`);
    console.log(`Ratio: the timeline opens ${(theirs.openMs / ours.openMs).toFixed(1)} × faster`);
  } finally {
    await browser.close();
    server.close();
  }
}

/** Writes the trace in both formats and builds the page. */
async function prepare(slices) {
  const { manySlices } = await bundled("test/fixtures/traceScenarios.ts");
  const { decodeTrace } = await bundled("src/trace/decode.ts");
  const bytes = manySlices(slices);
  await writeFile(path.join(cache, "run.pftrace"), bytes);
  const decoded = decodeTrace(bytes, "run.pftrace");
  if (!decoded.ok) throw new Error(decoded.failure.message);
  await writeFile(path.join(cache, "run.speedscope.json"), speedscopeFile(decoded.value));
  await buildTimeline(cache);
  // The editor's end of the channel: it answers `load` with the file's address, as the extension does.
  await writeFile(
    path.join(cache, "timeline.html"),
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="codicon.css"><link rel="stylesheet" href="timeline.css">
<body class="vscode-dark" data-form="full"><script>
window.acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => undefined, postMessage: (message) => {
  if (message.kind !== "request") return;
  const value = message.name === "load" ? { fileName: "run.pftrace", uri: "run.pftrace" } : null;
  setTimeout(() => window.postMessage({ kind: "reply", id: message.id, result: { ok: true, value } }), 0);
}});
const ask = window.requestAnimationFrame.bind(window);
window.frameMs = 0;
window.requestAnimationFrame = (callback) => ask((now) => {
  const began = performance.now();
  callback(now);
  window.frameMs += performance.now() - began;
});
</script><script src="timeline.js"></script></body>`,
  );
}

/** speedscope's own evented format. Source: speedscope, src/lib/file-format-spec.ts. */
function speedscopeFile(trace) {
  const frames = trace.names.map(({ text }) => ({ name: text }));
  const profiles = trace.rows.map((row) => {
    const events = [];
    for (let slice = row.first; slice < row.end; slice++) {
      const start = trace.slices.start[slice];
      const frame = trace.slices.name[slice];
      events.push({ type: "O", frame, at: start }, { type: "C", frame, at: start + trace.slices.duration[slice] });
    }
    const name = trace.tracks[row.track].name;
    return { type: "evented", name, unit: "nanoseconds", startValue: 0, endValue: trace.durationNs, events };
  });
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    shared: { frames },
    profiles,
    activeProfileIndex: 0,
  });
}

const types = { html: "text/html", js: "text/javascript", css: "text/css", json: "application/json" };

function serve() {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const file = path.join(cache, path.normalize(name));
    if (!file.startsWith(cache) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[path.extname(file).slice(1)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function measureOurs(browser, url) {
  const opens = [];
  let page;
  for (let i = 0; i < 5; i++) {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(url);
    await page.waitForFunction("performance.getEntriesByName('tandem-timeline-drawn').length > 0", undefined, {
      timeout: 120_000,
    });
    opens.push(await page.evaluate("performance.getEntriesByName('tandem-timeline-drawn')[0].startTime"));
  }
  await page.waitForTimeout(1500); // Sums of the view are worked out after the first picture.
  const pan = await page.evaluate(moving, "pan");
  const zoom = await page.evaluate(moving, "zoom");
  const heap = await heapOf(page);
  await page.close();
  opens.sort((a, b) => a - b);
  const openMs = opens[Math.floor(opens.length / 2)];
  return {
    openMs: openMs.toFixed(0),
    "open: all runs, ms": opens.map((ms) => ms.toFixed(0)).join(" "),
    "pan: main-thread ms per frame, p50 p95 max": pan,
    "zoom: main-thread ms per frame, p50 p95 max": zoom,
    "heap after garbage collection, MB": heap,
  };
}

/** Runs in the page: turns the wheel once per frame and adds up what the events and the frame took. */
async function moving(kind) {
  const canvas = document.querySelector("canvas.tracks");
  const frames = [];
  const idle = () => new Promise((done) => setTimeout(done, 0));
  for (let i = 0; i < 240; i++) {
    window.frameMs = 0;
    const began = performance.now();
    const far = i % 120 < 60;
    const wheel = kind === "pan" ? { deltaX: far ? 60 : -60 } : { deltaY: far ? -70 : 70, ctrlKey: true };
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(
      new WheelEvent("wheel", {
        ...wheel,
        clientX: box.left + 700,
        clientY: box.top + 200,
        bubbles: true,
        cancelable: true,
      }),
    );
    const handled = performance.now() - began;
    await new Promise((done) => window.requestAnimationFrame(() => done()));
    await idle();
    frames.push(handled + window.frameMs);
    if (kind === "pan" && i === 0) {
      // Panning is measured at a middle zoom, where slices and density are both on the screen.
      for (let k = 0; k < 12; k++) document.dispatchEvent(new KeyboardEvent("keydown", { key: "w", bubbles: true }));
      await new Promise((done) => setTimeout(done, 600));
    }
  }
  frames.splice(0, 5);
  frames.sort((a, b) => a - b);
  const at = (part) => frames[Math.min(frames.length - 1, Math.floor(frames.length * part))].toFixed(1);
  return `${at(0.5)} ${at(0.95)} ${at(1)}`;
}

async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const usage = await session.send("Runtime.getHeapUsage");
  const mb = (bytes) => ((bytes ?? 0) / 1e6).toFixed(0);
  return `${mb(usage.usedSize)} objects, ${mb(usage.backingStorageSize)} buffers (the file is one of them)`;
}

async function measureSpeedscope(browser, address) {
  const folder = path.join(root, ".cache/speedscope");
  const release = path.join(folder, "node_modules/speedscope/dist/release");
  if (!existsSync(release)) {
    await mkdir(folder, { recursive: true });
    const install = spawnSync(
      "npm",
      [
        "install",
        "--prefix",
        folder,
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        `speedscope@${speedscopeVersion}`,
      ],
      { encoding: "utf8" },
    );
    if (install.status !== 0) {
      console.log(`speedscope could not be installed, so there is nothing to compare with: ${install.stderr.trim()}`);
      return undefined;
    }
  }
  const { cp } = await import("node:fs/promises");
  await cp(release, path.join(cache, "speedscope"), { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(() => {
    const look = () => {
      // The title carries the profile's name once it is loaded; before, there is a canvas already.
      const loaded = document.title !== "speedscope" && document.title.includes("speedscope");
      if (loaded && document.querySelector("canvas") !== null && window.firstCanvas === undefined) {
        window.firstCanvas = -1;
        requestAnimationFrame(() => requestAnimationFrame(() => (window.firstCanvas = performance.now())));
      }
      requestAnimationFrame(look);
    };
    look();
  });
  await page.goto(
    `${address}/speedscope/index.html#profileURL=${encodeURIComponent(`${address}/run.speedscope.json`)}`,
  );
  await page.waitForFunction("window.firstCanvas > 0 && document.querySelectorAll('canvas').length > 1", undefined, {
    timeout: 300_000,
  });
  const openMs = await page.evaluate("window.firstCanvas");
  const heap = await heapOf(page);
  await page.screenshot({ path: path.join(cache, "speedscope.png") });
  await page.close();
  return { openMs, heap };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const slices = Number(process.argv.find((flag) => flag.startsWith("--slices="))?.slice(9) ?? "1000000");
  await benchTimeline({ slices, withSpeedscope: !process.argv.includes("--skip-speedscope") });
}
