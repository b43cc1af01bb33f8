// A VS Code server on the loopback interface with throw-away settings, for tests and for `npm start`.
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { vsCodePaths } from "./install.mjs";

/** Settings under which nothing but Tandem wants attention. */
const quiet = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.editor.useModal": "off",
  "workbench.tips.enabled": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "extensions.autoCheckUpdates": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "git.enabled": false,
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
};

/**
 * @param {{ vsix: string, workspace: string, settings?: object, env?: object, folder?: string, args?: string[] }} options
 *   `folder` keeps user data between starts; without it they go when the server ends
 */
export async function startVsCode({ vsix, workspace, settings = {}, env = {}, folder, args = [] }) {
  const home = folder ?? (await mkdtemp(path.join(os.tmpdir(), "tandem-vscode-")));
  const data = path.join(home, "data");
  const extensions = path.join(home, "extensions");
  const config = path.join(home, "config.yaml");
  await mkdir(extensions, { recursive: true });
  await writeFile(config, "auth: none\n");
  const written = JSON.stringify({ ...quiet, ...settings }, null, 2);
  // Settings of machine scope, such as paths, are read from Machine: the workbench takes this server for a remote one.
  for (const place of ["User", "Machine"]) {
    await mkdir(path.join(data, place), { recursive: true });
    const file = path.join(data, place, "settings.json");
    // A kept folder keeps what its user changed.
    await writeFile(file, written, { flag: folder === undefined ? "w" : "wx" }).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  const common = [vsCodePaths.entry, "--config", config, "--user-data-dir", data, "--extensions-dir", extensions];
  const environment = {
    ...process.env,
    ...env,
    // No gallery: nothing is looked up or downloaded.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: "", itemUrl: "", resourceUrlTemplate: "" }),
  };
  await promisify(execFile)(vsCodePaths.node, [...common, "--install-extension", vsix, "--force"], {
    env: environment,
    timeout: 120_000,
  }).catch((error) => {
    throw new Error(`The extension could not be installed: ${error.stderr || error.stdout || error.message}`);
  });
  const server = spawn(
    vsCodePaths.node,
    [
      ...common,
      "--auth",
      "none",
      "--bind-addr",
      "127.0.0.1:0",
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-getting-started-override",
      ...args,
    ],
    // A group of its own: ending it ends the extension host and what that started.
    { env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  const origin = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const match = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
      if (match) resolve(match[1]);
    };
    server.stdout.setEncoding("utf8").on("data", read);
    server.stderr.setEncoding("utf8").on("data", read);
    server.once("exit", (code) => reject(new Error(`VS Code ended with code ${code} before it listened:\n${output}`)));
    server.once("error", reject);
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  return {
    origin,
    url: `${origin}/?folder=${encodeURIComponent(workspace)}`,
    data,
    extensions,
    ended,
    async dispose() {
      endGroup(server.pid, "SIGTERM");
      const timer = setTimeout(() => endGroup(server.pid, "SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
      endGroup(server.pid, "SIGKILL");
      if (folder === undefined) await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
