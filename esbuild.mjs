// Bundles: the extension, the CLI, one file per webview surface, and (with --tests) every test file.
import { build, context } from "esbuild";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(fileURLToPath(import.meta.url));
const flags = new Set(process.argv.slice(2));
const production = flags.has("--production");

const common = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: production ? false : "linked",
  minify: production,
  // Editors wait for the lines that watching prints at this level.
  logLevel: flags.has("--watch") ? "info" : "warning",
  target: "es2022",
};
const node = { ...common, platform: "node", format: "cjs", target: "node20", external: ["vscode"] };
const browser = {
  ...common,
  platform: "browser",
  format: "iife",
  loader: { ".vert": "text", ".frag": "text", ".ttf": "dataurl" },
};

/** What VS Code loads at start stays small: the rest of the extension is a file of its own, loaded on first use. */
const heavyApart = {
  name: "heavy-apart",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/(ui\/)?main$/ }, () => ({ path: "./extension-main.js", external: true }));
  },
};

const bundles = [
  { ...node, entryPoints: { extension: "src/extension.ts" }, outdir: "dist", plugins: [heavyApart] },
  { ...node, entryPoints: { "extension-main": "src/ui/main.ts" }, outdir: "dist" },
  { ...node, entryPoints: { cli: "src/cli/main.ts" }, outdir: "dist", banner: { js: "#!/usr/bin/env node" } },
  { ...node, entryPoints: { demo: "src/cli/demo/main.ts" }, outdir: "dist" },
  {
    ...browser,
    entryPoints: {
      timeline: "webview/timeline/main.ts",
      run: "webview/run/main.ts",
      tune: "webview/tune/main.ts",
      compare: "webview/compare/main.ts",
      doctor: "webview/doctor/main.ts",
    },
    outdir: "dist/webview",
  },
];

async function testFiles(folder) {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.test\.ts$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

if (flags.has("--tests")) {
  // A test that was moved or deleted would run on.
  await rm(path.join(root, "dist/test"), { recursive: true, force: true });
  const files = await testFiles("test");
  bundles.push({
    ...node,
    entryPoints: Object.fromEntries(files.map((file) => [file.replace(/\.ts$/, ""), file])),
    outdir: "dist",
    // Kept outside the bundles: tools with files of their own.
    external: ["vscode", "mocha", "playwright-core", "esbuild", "typescript", "ajv"],
    loader: { ".vert": "text", ".frag": "text" },
  });
}

const present = bundles
  .map((bundle) => ({
    ...bundle,
    entryPoints: Object.fromEntries(
      Object.entries(bundle.entryPoints).filter(([, file]) => existsSync(path.join(root, file))),
    ),
  }))
  .filter((bundle) => Object.keys(bundle.entryPoints).length > 0);

await mkdir(path.join(root, "dist/webview"), { recursive: true });
await cp(
  path.join(root, "node_modules/@vscode/codicons/dist/codicon.css"),
  path.join(root, "dist/webview/codicon.css"),
);
await cp(
  path.join(root, "node_modules/@vscode/codicons/dist/codicon.ttf"),
  path.join(root, "dist/webview/codicon.ttf"),
);
if (flags.has("--watch")) {
  for (const bundle of present) await (await context(bundle)).watch();
} else {
  await Promise.all(present.map((bundle) => build(bundle)));
}
