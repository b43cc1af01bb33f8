// Sizes of the packages, and how long VS Code says that activating the extension takes.
import path from "node:path";
import { output } from "../lib/process.mjs";
import { packageExtension } from "../package.mjs";
import { root } from "../setup.mjs";

export async function benchEditor() {
  for (const [name, agents] of [
    ["bare (no agents, no demo model)", false],
    ["whole", true],
  ]) {
    const bytes = await packageExtension({ agents, out: path.join(root, "build", `bench-${agents}.vsix`) });
    console.log(`.vsix ${name}: ${(bytes / 1e6).toFixed(2)} MB`);
  }
  const text = output(
    process.execPath,
    [
      "node_modules/.bin/mocha",
      "--timeout",
      "240000",
      "--grep",
      "shows devices|activating",
      "dist/test/vscode/**/*.test.js",
    ],
    { cwd: root },
  );
  const line = text?.split("\n").find((item) => /activat.*ms/i.test(item));
  console.log(line?.trim() ?? 'Activation: not measured here; run "npm test -- --only=real-vscode", which prints it.');
}
