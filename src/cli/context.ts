import { homedir } from "node:os";
import path from "node:path";
import { DisposableStore } from "../base/disposable";
import { type Log, silentLog } from "../base/log";
import type { Failure } from "../base/result";
import { RunStore } from "../run/runStore";
import { AgentSessions } from "../run/sessions";
import { type ExitCode, exitCode, exitCodeOf } from "./exit";
import type { Installation } from "./installation";
import { ProgressDisplay, type Terminal, bold, dim } from "./terminal";

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly device?: string;
  readonly agent?: string;
  readonly adb?: string;
  readonly runs?: string;
  readonly verbose?: boolean;
}

/** What one invocation works with. Everything that it starts ends with `close`. */
export class CliContext {
  readonly owned = new DisposableStore();
  readonly progress: ProgressDisplay;
  readonly sessions: AgentSessions;
  readonly store: RunStore;
  readonly log: Log;

  constructor(
    readonly installation: Installation,
    readonly terminal: Terminal,
    readonly options: CommonOptions,
    readonly signal: AbortSignal,
  ) {
    this.progress = new ProgressDisplay(terminal, options.json === true);
    this.log = options.verbose === true ? terminalLog(terminal) : silentLog;
    this.sessions = this.owned.add(new AgentSessions({ clientVersion: installation.version, log: this.log }));
    this.store = this.owned.add(new RunStore(options.runs ?? path.join(dataFolder(), "runs")));
  }

  get json(): boolean {
    return this.options.json === true;
  }

  /** A line of the answer itself. */
  print(text: string): void {
    this.progress.clear();
    this.terminal.out.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** A line about the answer; left out with --json. */
  note(text: string): void {
    this.progress.clear();
    if (!this.json) this.terminal.notes.write(`${text}\n`);
  }

  /** The one document that --json prints. */
  printJson(value: object): void {
    this.terminal.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Says what went wrong, in the form that was asked for. */
  fail(failure: Failure, partial: object = {}): ExitCode {
    this.progress.clear();
    if (this.json) this.printJson({ ok: false, failure, ...partial });
    else {
      this.terminal.notes.write(
        `${bold(this.terminal, "tandem:")} ${failure.message} ${dim(this.terminal, `(${failure.code})`)}\n`,
      );
      const detail = failure.context?.["log"];
      if (detail !== undefined) this.terminal.notes.write(dim(this.terminal, `${detail.replace(/^/gm, "  ")}\n`));
    }
    return exitCodeOf(failure);
  }

  succeed(): ExitCode {
    return this.signal.aborted ? exitCode.interrupted : exitCode.success;
  }

  async close(): Promise<void> {
    this.progress.clear();
    await this.sessions.endAll();
    this.owned.dispose();
  }
}

/** The user's data folder of this system. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === "win32") return path.join(environment["LOCALAPPDATA"] ?? homedir(), "Tandem");
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Application Support", "Tandem");
  return path.join(environment["XDG_DATA_HOME"] ?? path.join(homedir(), ".local", "share"), "tandem");
}

function terminalLog(terminal: Terminal): Log {
  return { write: (level, message) => terminal.notes.write(`${dim(terminal, `${level}: ${message}`)}\n`) };
}
