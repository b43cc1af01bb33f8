// Renders a trace with the extension's own timeline: as one self-contained HTML page, and as a picture of it.
//   node scripts/render-timeline.mjs run.pftrace out.html [out.png] [dark|light|hc|hcl]
// The page holds code, styles, icons and the trace. The picture needs Chromium ($CHROMIUM, else /usr/bin/chromium).
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Chromium without a sandbox (it runs as root in containers) and without any traffic of its own. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-domain-reliability",
  "--no-pings",
];

export function chromiumPath() {
  return [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (candidate) => candidate !== undefined && existsSync(candidate),
  );
}

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
      await tab.setContent(page, { waitUntil: "load" });
      await settled(tab);
      await tab.screenshot({ path: png });
    });
    written.png = png;
  }
  return written;
}

/** The page as text. Uses the bundle in dist/webview, built if it is not there. */
export async function timelinePage({ trace, theme = "dark", form = "full" }) {
  const dist = path.join(root, "dist/webview");
  if (!existsSync(path.join(dist, "timeline.js"))) await buildWebview(dist);
  const { reportPage } = await bundled("webview/timeline/page.ts");
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
  const executablePath = chromiumPath();
  if (executablePath === undefined) {
    throw new Error("Chromium was not found; install it (apt-get install chromium) or set CHROMIUM to its path.");
  }
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
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

/** Exports of one of our TypeScript files. */
export async function bundled(file) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
  const code = Buffer.from(result.outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

async function buildWebview(dist) {
  const { copyFile, mkdir } = await import("node:fs/promises");
  await mkdir(dist, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: { timeline: "webview/timeline/main.ts" },
    outdir: dist,
    bundle: true,
    minify: true,
    target: "es2022",
    loader: { ".vert": "text", ".frag": "text", ".ttf": "dataurl" },
    logLevel: "warning",
  });
  for (const file of ["codicon.css", "codicon.ttf"]) {
    await copyFile(path.join(root, "node_modules/@vscode/codicons/dist", file), path.join(dist, file));
  }
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
