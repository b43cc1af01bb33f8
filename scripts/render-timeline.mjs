// Renders a trace with the extension's own timeline: as one self-contained HTML page, and as a picture of it.
//   node scripts/render-timeline.mjs run.pftrace out.html [out.png] [dark|light|hc|hcl]
// The page holds code, styles, icons and the trace. The picture needs a Chromium that starts.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchChromium } from "./lib/chromium.mjs";
import { buildTimeline, bundled } from "./lib/webview.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/**
 * @param {{ trace: string, html?: string, png?: string, theme?: "dark" | "light" | "hc" | "hcl", form?: "full" | "strip",
 *   width?: number, height?: number }} options paths of the trace and of what to write
 * @returns {Promise<{ html?: string, png?: string }>} the paths that were written
 */
export async function renderTimeline({ trace, html, png, theme = "dark", form = "full", width = 1440, height = 900 }) {
  const page = await timelinePage({ trace, theme, form });
  const written = {};
  if (html !== undefined) {
    await writeFile(html, page);
    written.html = html;
  }
  if (png !== undefined) {
    await withPage({ width, height }, async (tab) => {
      await tab.setContent(page, { waitUntil: "load", timeout: 120_000 });
      await settled(tab);
      await tab.screenshot({ path: png });
    });
    written.png = png;
  }
  return written;
}

let reports;

/** The page as text. Uses the bundle in dist/webview, built if it is not there. */
export async function timelinePage({ trace, theme = "dark", form = "full" }) {
  const dist = path.join(root, "dist/webview");
  if (!existsSync(path.join(dist, "timeline.js"))) await buildTimeline(dist);
  reports ??= bundled("webview/timeline/page.ts");
  const { reportPage } = await reports;
  const text = (file) => readFile(path.join(dist, file), "utf8");
  return reportPage({
    fileName: path.basename(trace),
    script: await text("timeline.js"),
    styles: [await text("codicon.css"), await text("timeline.css")],
    iconFont: (await readFile(path.join(dist, "codicon.ttf"))).toString("base64"),
    trace: (await readFile(trace)).toString("base64"),
    theme,
    form,
  });
}

/** Runs `use` with a tab of a headless Chromium that has no network. */
export async function withPage({ width, height, scale = 1 }, use) {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, offline: true });
    return await use(await context.newPage());
  } finally {
    await browser.close();
  }
}

/** Waits until the timeline, or the state in its place, is on the screen. */
export async function settled(tab) {
  await tab.waitForSelector(".app canvas.tracks, .app .strip, .state:not(.centred)", { timeout: 60_000 });
  // As text: it runs in the page, where other names exist than here.
  await tab.evaluate(
    "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))",
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const [trace, html, ...rest] = process.argv.slice(2);
  const theme = rest.find((word) => ["dark", "light", "hc", "hcl"].includes(word));
  const png = rest.find((word) => word !== theme);
  if (trace === undefined || html === undefined) {
    console.error("Usage: node scripts/render-timeline.mjs run.pftrace out.html [out.png] [dark|light|hc|hcl]");
    process.exitCode = 2;
  } else {
    const written = await renderTimeline({ trace, html, png, theme });
    for (const file of Object.values(written)) console.log(file);
  }
}
