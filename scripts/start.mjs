// `npm start`: a real VS Code workbench in the browser with Tandem installed. `--no-open` only prints its address.
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { findProgram } from "./lib/process.mjs";
import { main, root, setUp } from "./setup.mjs";

await main(async () => {
  await setUp({ for: "start" });
  const { installVsCode } = await import("./vscode/install.mjs");
  const { startVsCode } = await import("./vscode/server.mjs");
  const { packageExtension } = await import("./package.mjs");
  await installVsCode();
  console.log("› Packaging the extension");
  const vsix = path.join(root, "build", "tandem.vsix");
  await packageExtension({ agents: true, out: vsix });
  // Kept between starts, so that runs and settings stay.
  const folder = path.join(root, ".cache", "vscode", "home");
  await mkdir(folder, { recursive: true });
  const server = await startVsCode({ vsix, workspace: root, folder, args: ["--disable-workspace-trust"] });
  console.log(`
Tandem runs in VS Code at

  ${server.url}

Click the Tandem icon on the left, then "Run Model on Device". Without a phone, start the virtual phone
from the Devices view. Only this computer can reach the address. Ctrl+C ends it.`);
  if (!process.argv.includes("--no-open")) open(server.url);
  const stopped = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve(undefined));
  });
  const ended = await Promise.race([stopped, server.ended.then(() => "VS Code ended by itself.")]);
  if (ended !== undefined) console.error(ended);
  await server.dispose();
  return ended === undefined ? 0 : 1;
});

/** Where there is a desktop; elsewhere the printed address has to do. */
function open(url) {
  const desktop = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const opener = desktop ? findProgram("xdg-open") : undefined;
  if (opener) spawn(opener, [url], { stdio: "ignore", detached: true }).unref();
}
