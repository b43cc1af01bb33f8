// The stages of `npm test`, in the order in which a failure is cheapest to learn of.
import { availableParallelism } from "node:os";
import path from "node:path";
import { buildAgent, root } from "../setup.mjs";

const bin = (name) => path.join(root, "node_modules", ".bin", name);
const node = process.execPath;
const mocha = (pattern, ...options) => [
  node,
  bin("mocha"),
  "--forbid-only",
  "--no-color",
  ...options,
  `dist/test/${pattern}`,
];
const ctest = async (preset, ...options) => {
  await buildAgent(preset);
  const jobs = String(availableParallelism());
  return [
    ["ctest", "--test-dir", `build/${preset}`, "-j", jobs, "--output-on-failure", "--no-tests=error", ...options],
  ];
};

const tidy = { name: "tidy", title: "imports, file sizes, ids", commands: () => [mocha("tidy.test.js")] };
const lint = {
  name: "lint",
  title: "eslint, prettier, clang-format",
  commands: () => [
    [node, bin("eslint"), "--cache", "--cache-location", "build/eslint/", "."],
    [node, bin("prettier"), "--check", "--log-level", "warn", "--cache", "--cache-location", "build/prettier", "."],
    [node, "scripts/clang-format.mjs", "--check"],
  ],
};
const types = {
  name: "types",
  title: "TypeScript, three programs",
  commands: () =>
    ["tsconfig.json", "webview/tsconfig.json", "test/tsconfig.json"].map((file) => [node, bin("tsc"), "-p", file]),
};
const unit = { name: "unit", title: "TypeScript units", commands: () => [mocha("unit/**/*.test.js")] };
const pages = {
  name: "pages",
  title: "the webviews' pages in a headless Chromium",
  commands: () => [mocha("pages/**/*.test.js", "--timeout", "120000")],
};
const agent = { name: "agent", title: "ctest, host-release", commands: () => ctest("host-release") };
/** The two that compute whole grids take most of the time. */
const fastAgent = {
  name: "agent",
  title: "ctest, host-release, but for opencl and runtime, which npm test adds",
  commands: () => ctest("host-release", "-E", "^(opencl|runtime)$"),
};
const realAgent = {
  name: "real-agent",
  title: "the real agent, every frame validated",
  commands: () => [mocha("agent/**/*.test.js", "--timeout", "120000")],
};
const realAdb = {
  name: "real-adb",
  title: "a real adb server and the virtual phone",
  commands: () => [mocha("phone/**/*.test.js", "--timeout", "120000")],
};
const realVsCode = {
  name: "real-vscode",
  title: "the packaged extension in a real VS Code",
  commands: async () => {
    const { installVsCode } = await import("../vscode/install.mjs");
    await installVsCode();
    return [mocha("vscode/**/*.test.js", "--timeout", "240000")];
  },
};
const ctestStage = (name, title) => ({ name, title, commands: () => ctest(name) });

export const stages = [tidy, lint, types, unit, pages, agent, realAgent, realAdb, realVsCode];
export const fastStages = [tidy, lint, types, unit, fastAgent];
export const deepStages = [
  ctestStage("host-asan", "address and undefined-behaviour sanitizers"),
  ctestStage("host-tsan", "thread sanitizer"),
  ctestStage("linux-arm64", "the AArch64 build, under qemu -cpu max"),
  {
    name: "arm64-phone",
    title: "the AArch64 agent on a virtual phone with arm64-v8a",
    commands: () => [mocha("phone/**/*.test.js", "--timeout", "240000", "--grep", "AArch64")],
  },
];
