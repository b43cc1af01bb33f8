import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { commandLineFor, type CommandContext, startsAgent } from "./commandLine";
import type { Disk } from "./disk";

export interface StartOptions {
  readonly command: string;
  /** Joins stderr to stdout, as one terminal or one socket does. */
  readonly joined: boolean;
  /** A terminal for a person, where this computer has a tool that makes one. */
  readonly terminal: boolean;
}

/** The processes that run on the phone. Each command has a process group of its own, so that all of it can be ended. */
export class Processes {
  private readonly running = new Map<number, { readonly exited: Promise<void>; readonly agent: boolean }>();
  private ended = false;

  constructor(
    private readonly context: CommandContext,
    private readonly disk: Disk,
    private readonly drivers: Readonly<Record<string, string>> = {},
  ) {}

  async start(options: StartOptions): Promise<ChildProcessWithoutNullStreams | undefined> {
    const { root } = this.context;
    if (/\bdf\b/.test(options.command)) await writeFile(path.join(root, "system/state/df"), await this.disk.table());
    const prefix = await this.disk.commandPrefix();
    if (this.ended) return undefined;
    const command = commandLineFor(options.command, this.context);
    const child = spawn(...programOf(prefix, command, options), {
      cwd: root,
      detached: true,
      env: { ...environment(root), ...this.drivers },
      stdio: "pipe",
    });
    child.on("error", () => undefined); // `close` follows and tells.
    child.stdin.on("error", () => undefined); // The program ended before it read everything.
    const { pid } = child;
    if (pid !== undefined) {
      const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
      this.running.set(pid, { exited, agent: startsAgent(options.command) });
      void exited.then(() => this.running.delete(pid));
    }
    return child;
  }

  /** Ends agents as the low-memory killer does: at once, while the shell that started them lives on. Gives their number. */
  async killAgents(): Promise<number> {
    const groups = new Set([...this.running].filter(([, entry]) => entry.agent).map(([pid]) => pid));
    const victims = process.platform === "linux" ? await programsIn(groups) : [...groups].map((pid) => -pid);
    return victims.filter((pid) => kill(pid)).length;
  }

  /** Ends everything now and starts nothing more. */
  killAll(): void {
    this.ended = true;
    for (const pid of this.running.keys()) kill(-pid);
  }

  /** Ends everything and waits until it is gone. */
  async dispose(): Promise<void> {
    const waiting = [...this.running.values()].map((entry) => entry.exited);
    this.killAll();
    await Promise.all(waiting);
  }
}

function programOf(prefix: string, command: string, options: StartOptions): [string, string[]] {
  if (command === "") {
    const script = "/usr/bin/script";
    if (options.terminal && existsSync(script)) return [script, ["-qfc", `${prefix}exec sh -i`, "/dev/null"]];
    return ["/bin/sh", ["-c", `${prefix}exec sh -i 2>&1`]];
  }
  return ["/bin/sh", ["-c", `${options.joined ? "exec 2>&1; " : ""}${prefix}${command}`]];
}

function environment(root: string): NodeJS.ProcessEnv {
  const home = path.join(root, "data/local/tmp");
  return {
    PATH: [path.join(root, "system/bin"), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(":"),
    HOME: home,
    TMPDIR: home,
    USER: "shell",
    SHELL: "/bin/sh",
    PS1: "phone:$PWD $ ",
    ANDROID_DATA: path.join(root, "data"),
    LANG: "C.UTF-8",
  };
}

/** Every process of these groups that is not a shell. */
async function programsIn(groups: ReadonlySet<number>): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    // pid (name) state parent group ...; the name may hold spaces and parentheses.
    const name = line.slice(line.indexOf("(") + 1, line.lastIndexOf(")"));
    const group = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[2]);
    if (groups.has(group) && !["sh", "dash", "bash", "script"].includes(name)) found.push(Number(entry));
  }
  return found;
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false; // Gone already.
  }
}
