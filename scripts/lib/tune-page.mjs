// The tuner as it is in the editor, in a headless Chromium: the page of the extension, its own host side in this
// process, and a real agent that solves. Only VS Code itself is left out.
import { build } from "esbuild";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "./chromium.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Opens the tuner of a trace. `close` ends the browser and the agent. */
export async function openTunePage({ trace, agent, theme = "dark", width = 1440, height = 900 }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tandem-tune-"));
  await build({
    absWorkingDir: root,
    entryPoints: { tune: "webview/tune/main.ts" },
    outdir: folder,
    bundle: true,
    minify: true,
    target: "es2022",
    loader: { ".ttf": "dataurl" },
    logLevel: "warning",
  });
  const host = await hostSide(folder);
  const sessions = new host.AgentSessions({ clientVersion: "0" });
  const device = new host.LocalDevice(() => ({ setting: agent, folder: root }), path.join(folder, "solver"));
  const whatIf = new host.WhatIf(sessions, device);
  const runs = new host.AgentSessions({ clientVersion: "0" });
  const local = new host.LocalDevice(() => ({ setting: agent, folder: root }), path.join(folder, "device"));
  const tunable = host.readTunable(await readFile(trace), path.basename(trace));
  if (!tunable.ok) throw new Error(tunable.failure.message);
  const tuner = new host.Tuner(tunable.value, {
    sessions: runs,
    whatIf,
    trusted: () => true,
    device: (id) => (id === local.id ? local : undefined),
    busy: () => false,
  });
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const listeners = new Set();
  const port = {
    post: (message) =>
      void page.evaluate((value) => globalThis.postMessage(value, "*"), message).catch(() => undefined),
    listen: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  let file;
  const handlers = host.tuneHandlers({
    tuner: () => ({ ok: true, value: tuner }),
    ready: async () => tuner.state(file, true),
    save: async (settings) => {
      const written = host.savedText(file, settings);
      if (!written.ok) return written;
      file = written.value;
      channel.emit("state", tuner.state(file, true));
      return { ok: true, value: null };
    },
  });
  const channel = new host.Channel(port, handlers, { stop: () => tuner.stop() }, { timeoutMs: 0 });
  tuner.onProgress((value) => channel.emit("progress", value));
  tuner.onAb((value) => channel.emit("ab", value));
  tuner.onAutotune((value) => channel.emit("autotune", value));
  await page.exposeFunction("toHost", (message) => listeners.forEach((listener) => listener(message)));
  const text = (file) => readFile(path.join(folder, file), "utf8");
  const icons = await readFile(path.join(root, "node_modules/@vscode/codicons/dist/codicon.css"), "utf8");
  const font = (await readFile(path.join(root, "node_modules/@vscode/codicons/dist/codicon.ttf"))).toString("base64");
  const { kind, variables } = host.defaultThemes[theme];
  const style = Object.entries(variables)
    .map(([name, value]) => `--vscode-${name}:${value}`)
    .join(";")
    .replaceAll('"', "'");
  const html = `<!doctype html><html lang="en" style="${style}"><meta charset="utf-8"><title>Tune</title>
<style>${icons.replace(/url\([^)]*\)/, `url(data:font/ttf;base64,${font})`)}</style><style>${await text("tune.css")}</style>
<body class="${kind}"><script>
globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => globalThis.toHost(message) });
</script><script>${(await text("tune.js")).replaceAll("</script", "<\\/script")}</script></body></html>`;
  await page.setContent(html);
  const close = async () => {
    channel.dispose();
    tuner.dispose();
    await browser.close();
    whatIf.dispose();
    await runs.endAll();
    await rm(folder, { recursive: true, force: true });
  };
  return { page, tuner, whatIf, sessions, close };
}

/** The extension's side of the tuner, as a module of this process. */
async function hostSide(folder) {
  const file = path.join(folder, "host.cjs");
  const result = await build({
    absWorkingDir: root,
    stdin: {
      resolveDir: root,
      loader: "ts",
      contents: [
        'export { Tuner } from "./src/ui/tune/tuner";',
        'export { readTunable } from "./src/ui/tune/subject";',
        'export { tuneHandlers } from "./src/ui/tune/handlers";',
        'export { Channel } from "./src/ui/messages/channel";',
        'export { WhatIf } from "./src/run/whatIf";',
        'export { AgentSessions } from "./src/run/sessions";',
        'export { LocalDevice } from "./src/device/local";',
        'export { defaultThemes } from "./webview/timeline/defaultThemes";',
        'export { savedText } from "./src/plan/saveSettings";',
      ].join("\n"),
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    logLevel: "warning",
  });
  await writeFile(file, result.outputFiles[0].contents);
  return createRequire(import.meta.url)(file);
}
