// Proves the rules of the layout: who may import whom, how long a file may be, that nothing is forgotten.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { commandIds, settingIds, viewIds } from "../src/ui/contributions";

const root = process.cwd();
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const existing = files.filter((file) => {
  try {
    read(file);
    return true;
  } catch {
    return false; // Deleted in the working tree, not yet in a commit.
  }
});
const source = (folder: string, pattern: RegExp): string[] =>
  existing.filter((file) => file.startsWith(folder) && pattern.test(file) && !file.includes(".gen."));

/** Each TypeScript layer, and the layers that it may import. Everything may import `src/base`. */
const mayImport: Record<string, readonly string[]> = {
  "src/base": [],
  "src/agent": ["src/device/device"],
  "src/trace": [],
  "src/model": [],
  "src/plan": ["src/agent/protocol.gen"],
  "src/device": ["src/device", "src/agent/protocol.gen"],
  "src/run": ["src/agent", "src/trace", "src/model", "src/plan", "src/device"],
  "src/cli": ["src/agent", "src/trace", "src/model", "src/plan", "src/device", "src/run"],
  "src/ui/messages": ["src/trace", "src/plan", "src/device/doctorReport"],
  "src/ui": ["src/agent", "src/trace", "src/model", "src/plan", "src/device", "src/run", "webview/timeline/page"],
  "src/extension": ["src/agent", "src/trace", "src/model", "src/plan", "src/device", "src/run", "src/ui"],
  "webview/shared": ["src/trace", "src/plan", "src/ui/messages"],
  "webview/timeline": ["webview/shared", "webview/plan", "src/trace", "src/plan", "src/ui/messages"],
  "webview/run": ["webview/shared", "src/trace", "src/plan", "src/ui/messages"],
  "webview/plan": ["webview/shared", "src/trace", "src/plan", "src/ui/messages"],
  "webview/tune": ["webview/shared", "webview/plan", "src/trace", "src/plan", "src/ui/messages"],
  "webview/doctor": ["webview/shared", "src/ui/messages"],
  "webview/compare": ["webview/shared", "webview/plan", "webview/timeline", "src/trace", "src/plan", "src/ui/messages"],
};

/** Packages that only one place may know, so that replacing them stays easy. */
const onlyIn: Record<string, readonly string[]> = {
  vscode: ["src/extension.ts", "src/ui/"],
  "@devicefarmer/adbkit": ["src/device/adb.ts"],
  "@vscode/webview-ui-toolkit": ["webview/shared/controls.ts"],
  "vscode-jsonrpc": ["src/agent/"],
  pbf: ["src/trace/"],
  uplot: ["webview/shared/chart.ts"],
  "@huggingface/jinja": ["src/model/"],
  "@huggingface/gguf": ["src/model/"],
  commander: ["src/cli/"],
};

/** C++ modules, lowest first: a module includes only itself and those before it. */
const cppModules = [
  "base",
  "json",
  "tensor",
  "gguf",
  "tokenizer",
  "text",
  "sample",
  "model",
  "graph",
  "trace",
  "processor",
  "backends",
  "profile",
  "verify",
  "plan",
  "runtime",
  "simulate",
  "rpc",
  "app",
];

function layerOf(file: string): string | undefined {
  return Object.keys(mayImport)
    .filter((layer) => file === `${layer}.ts` || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].flatMap((match) => match[1] ?? []);
}

describe("tidy", () => {
  it("keeps TypeScript dependencies pointing one way", () => {
    const wrong: string[] = [];
    for (const file of [...source("src/", /\.ts$/), ...source("webview/", /\.ts$/)]) {
      const layer = layerOf(file);
      if (layer === undefined) {
        wrong.push(`${file} lies outside every layer`);
        continue;
      }
      for (const name of importsOf(file).filter((item) => item.startsWith("."))) {
        const target = path.posix.join(path.posix.dirname(file), name);
        const inside = target === layer || target.startsWith(`${layer}/`);
        const allowed = ["src/base", ...(mayImport[layer] ?? [])].some(
          (prefix) => target === prefix || target.startsWith(`${prefix}/`) || target.startsWith(`${prefix}.`),
        );
        if (!inside && !allowed) wrong.push(`${file} imports ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("keeps each vendor package behind its own files", () => {
    const wrong: string[] = [];
    for (const file of [...source("src/", /\.ts$/), ...source("webview/", /\.ts$/)]) {
      for (const name of importsOf(file)) {
        const owner = Object.keys(onlyIn).find((item) => name === item || name.startsWith(`${item}/`));
        if (owner !== undefined && !(onlyIn[owner] ?? []).some((place) => file.startsWith(place))) {
          wrong.push(`${file} imports ${name}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("keeps Node and VS Code out of what the webviews share", () => {
    const shared = [
      ...source("src/trace/", /\.ts$/),
      ...source("src/ui/messages/", /\.ts$/),
      ...source("webview/", /\.ts$/),
    ];
    const wrong = shared.filter((file) =>
      importsOf(file).some((name) => name.startsWith("node:") || name === "vscode"),
    );
    assert.deepEqual(wrong, []);
  });

  it("keeps C++ includes pointing one way", () => {
    const wrong: string[] = [];
    for (const file of source("agent/src/", /\.(cc|h)$/)) {
      const module = file.split("/")[2] ?? "";
      const rank = cppModules.indexOf(module);
      if (rank < 0) wrong.push(`${file} lies outside every module`);
      for (const [, include = ""] of read(file).matchAll(/#include "([^"]+)"/g)) {
        const target = cppModules.indexOf(include.split("/")[0] ?? "");
        if (target > rank && !file.endsWith("_test.cc")) wrong.push(`${file} includes ${include}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("builds every C++ source, and runs every C++ test", () => {
    const lists = existing
      .filter((file) => file.endsWith("CMakeLists.txt"))
      .map((file) => [path.dirname(file), read(file)]);
    const forgotten = source("agent/src/", /\.cc$/).filter(
      (file) =>
        !lists.some(
          ([folder = "", text = ""]) => file.startsWith(`${folder}/`) && text.includes(path.basename(file, ".cc")),
        ),
    );
    assert.deepEqual(forgotten, []);
  });

  it("keeps hand-written files under 500 lines", () => {
    const written = existing.filter(
      (file) =>
        /\.(ts|mjs|cc|h|cl|py|css|vert|frag)$/.test(file) &&
        !file.includes(".gen.") &&
        /^(src|webview|agent|test|scripts|tools)\//.test(file),
    );
    const long = written
      .map((file) => ({ file, lines: read(file).split("\n").length }))
      .filter(({ lines }) => lines > 500)
      .map(({ file, lines }) => `${file}: ${lines} lines`);
    assert.deepEqual(long, []);
  });

  it("leaves no note for later, and no test cut out or singled out", () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b|\b(it|describe)\.(only|skip)\(|eslint-disable/;
    const marked = [
      ...source("src/", /\.ts$/),
      ...source("webview/", /\.ts$/),
      ...source("agent/", /\.(cc|h)$/),
      ...source("test/", /\.ts$/),
    ]
      .filter((file) => file !== "test/tidy.test.ts")
      .filter((file) => marks.test(read(file)));
    assert.deepEqual(marked, []);
  });

  it("declares the ids of commands, views and settings as package.json does", () => {
    const { contributes } = JSON.parse(read("package.json")) as {
      contributes: {
        commands: { command: string }[];
        views: Record<string, { id: string }[]>;
        configuration: { properties: Record<string, unknown> }[];
      };
    };
    const views = Object.values(contributes.views).flat();
    const settings = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...commandIds].sort());
    assert.deepEqual(views.map(({ id }) => id).sort(), [...viewIds].sort());
    assert.deepEqual(settings.sort(), [...settingIds].sort());
  });

  it("names no download address in the lock file", () => {
    assert.doesNotMatch(read("package-lock.json"), /"resolved"/);
  });
});
