// The timeline's bundle and single TypeScript files, for scripts that use them without the editor.
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Writes timeline.js, timeline.css and the icons they use into a folder. */
export async function buildTimeline(folder) {
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: { timeline: "webview/timeline/main.ts" },
    outdir: folder,
    bundle: true,
    minify: true,
    target: "es2022",
    loader: { ".vert": "text", ".frag": "text", ".ttf": "dataurl" },
    logLevel: "warning",
  });
  for (const file of ["codicon.css", "codicon.ttf"]) {
    await copyFile(path.join(root, "node_modules/@vscode/codicons/dist", file), path.join(folder, file));
  }
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
