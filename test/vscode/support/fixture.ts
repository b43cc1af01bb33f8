import { execFile, execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type * as packageModule from "../../../scripts/package.mjs";
import type * as serverModule from "../../../scripts/vscode/server.mjs";
import { freePort } from "../../../src/device/freePort";
import { Workbench } from "./workbench";

const root = process.cwd();
const script = (name: string): string => pathToFileURL(path.join(root, "scripts", name)).href;

export const agentPath = path.join(root, "build/host-release/bin/tandem-agent");
export const demoModel = path.join(root, "media/demo-model/tandem-demo.gguf");

/** A VS Code with the packaged extension, folders of its own, and an adb server that nobody else uses. */
export class Fixture {
  private constructor(
    readonly folder: string,
    readonly server: serverModule.VsCodeServer,
    readonly workbench: Workbench,
    private readonly adbPort: number,
    private settings: Readonly<Record<string, unknown>>,
  ) {}

  static async start({ trusted = true }: { readonly trusted?: boolean } = {}): Promise<Fixture> {
    const { startVsCode } = (await import(script("vscode/server.mjs"))) as typeof serverModule;
    const vsix = await packaged();
    const folder = mkdtempSync(path.join(os.tmpdir(), "tandem-test-"));
    for (const name of ["models", "runs", "workspace", "home"]) mkdirSync(path.join(folder, name));
    const adbPort = await freePort();
    const settings = {
      "workbench.colorTheme": "Default Dark Modern",
      "tandem.models.folders": [path.join(folder, "models")],
      "tandem.runs.folder": path.join(folder, "runs"),
      "tandem.adb.server": `127.0.0.1:${String(adbPort)}`,
      ...(trusted ? {} : { "security.workspace.trust.startupPrompt": "never" }),
    };
    const server = await startVsCode({
      vsix,
      workspace: path.join(folder, "workspace"),
      settings,
      // adb keeps its keys in HOME; nothing of the user's is touched.
      env: { HOME: path.join(folder, "home"), ANDROID_ADB_SERVER_PORT: String(adbPort) },
      args: trusted ? ["--disable-workspace-trust"] : [],
    });
    const workbench = await Workbench.open(server.url);
    return new Fixture(folder, server, workbench, adbPort, settings);
  }

  get modelsFolder(): string {
    return path.join(this.folder, "models");
  }

  get runsFolder(): string {
    return path.join(this.folder, "runs");
  }

  /** Changes settings as a user does who edits the file; the workbench notices by itself. */
  configure(changes: Readonly<Record<string, unknown>>): void {
    this.settings = { ...this.settings, ...changes };
    for (const place of ["User", "Machine"]) {
      const file = path.join(this.server.data, place, "settings.json");
      const written = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      // In one step: a file seen half written would reset every setting for a moment.
      writeFileSync(`${file}.new`, JSON.stringify({ ...written, ...this.settings }, null, 2));
      renameSync(`${file}.new`, file);
    }
  }

  /** Runs the real adb against the server of this VS Code. */
  async adb(...args: readonly string[]): Promise<void> {
    // Not synchronous: a virtual phone may live in this very process.
    await promisify(execFile)("adb", ["-P", String(this.adbPort), ...args]);
  }

  /** Ends the agents of this very VS Code the hard way. */
  killAgents(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      let command = "";
      try {
        command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        // It has ended meanwhile.
      }
      if (command.startsWith(this.server.extensions)) process.kill(Number(pid), "SIGKILL");
    }
  }

  /** Pictures in the three themes that people use; dark again afterwards. */
  async pictures(name: string): Promise<void> {
    const themes = {
      light: ["Default Light Modern", "light_modern"],
      hc: ["Default High Contrast", "hc_black"],
      dark: ["Default Dark Modern", "dark_modern"],
    } as const;
    for (const [suffix, [theme, file]] of Object.entries(themes)) {
      // By the theme's own file: a workbench that is just starting has the class of light ones, and other colours.
      const shown = this.workbench.page.locator(`.monaco-workbench[class*="${file}"]`);
      // A change in the first moments of a workbench goes unseen, because it does not watch the file yet.
      for (let tries = 0; (await shown.count()) === 0 && tries < 10; tries++) {
        this.configure({ "workbench.colorTheme": theme });
        await shown.waitFor({ timeout: 3000 }).catch(() => undefined);
      }
      await shown.waitFor();
      await this.workbench.picture(`${name}-${suffix}`);
    }
  }

  async dispose(): Promise<void> {
    await this.workbench.close();
    await this.server.dispose();
    try {
      // Only this test's own server listens there.
      execFileSync("adb", ["-P", String(this.adbPort), "kill-server"], { stdio: "ignore" });
    } catch {
      // It had not been started.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

let package_: Promise<string> | undefined;

/** The .vsix with the agents that are built; its sizes are printed once. */
function packaged(): Promise<string> {
  package_ ??= (async () => {
    const { packageExtension } = (await import(script("package.mjs"))) as typeof packageModule;
    const bare = await packageExtension({ agents: false, out: path.join(root, "build/vscode/tandem-bare.vsix") });
    const out = path.join(root, "build/vscode/tandem.vsix");
    const whole = await packageExtension({ agents: true, out });
    print(`.vsix: ${megabytes(whole)} MB with agents and demo model, ${megabytes(bare)} MB without`);
    return out;
  })();
  return package_;
}

/** A line in the test's output. */
export function print(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

/** A model that answers slowly enough to be stopped: random weights, so its words mean nothing. */
export function makeSlowModel(file: string): void {
  execFileSync(agentPath, ["make-model", file, ...slowShape], { stdio: "ignore" });
}

const slowShape = [
  ...["--layers", "12", "--embedding", "1024", "--feed-forward", "4096", "--heads", "16", "--kv-heads", "4"],
  ...["--head-dim", "64", "--vocabulary", "8192", "--context", "2048"],
];

/** The first half of a model: what an interrupted download leaves. */
export function makeTruncatedModel(from: string, file: string): void {
  copyFileSync(from, file);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
}

/** Why the run tests cannot run here; undefined where they can. */
export function missingForRuns(): string | undefined {
  if (!existsSync(agentPath)) return "the agent is not built (build/host-release/bin/tandem-agent)";
  if (!existsSync(demoModel)) return "media/demo-model/tandem-demo.gguf is not there";
  return undefined;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
