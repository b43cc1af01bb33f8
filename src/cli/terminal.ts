import type { WriteStream } from "node:tty";
import { formatBytes, significant } from "../base/units";
import type { Progress, ProgressListener } from "../base/progress";

/** Where a command writes. Answers and tables go to `out`, everything about them to `notes`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly notes: NodeJS.WritableStream;
  /** True where notes can be drawn over, as a progress bar is. */
  readonly live: boolean;
  readonly columns: number;
  /** True where notes may carry colour. */
  readonly styled: boolean;
}

export function processTerminal(): Terminal {
  const notes: Partial<WriteStream> & NodeJS.WritableStream = process.stderr;
  const live = notes.isTTY === true && process.env["TERM"] !== "dumb";
  return {
    out: process.stdout,
    notes,
    live,
    columns: notes.columns ?? 80,
    styled: live && process.env["NO_COLOR"] === undefined,
  };
}

export function dim(terminal: Terminal, text: string): string {
  return terminal.styled ? `\u001b[2m${text}\u001b[22m` : text;
}

export function bold(terminal: Terminal, text: string): string {
  return terminal.styled ? `\u001b[1m${text}\u001b[22m` : text;
}

const redrawMs = 100;
const lineMs = 5000;

/** Shows one thing at a time: a bar that redraws itself on a terminal, else a line for each stage and one now and then. */
export class ProgressDisplay {
  private stage = "";
  private shownAt = 0;
  private drawn = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly quiet: boolean,
  ) {}

  readonly report: ProgressListener = (progress) => {
    if (this.quiet) return;
    const now = performance.now();
    const sameStage = progress.stage === this.stage;
    const finished = progress.total > 0 && progress.done >= progress.total;
    if (sameStage && !finished && now - this.shownAt < (this.terminal.live ? redrawMs : lineMs)) return;
    if (sameStage && finished && !this.terminal.live) return;
    this.stage = progress.stage;
    this.shownAt = now;
    if (this.terminal.live) {
      this.terminal.notes.write(`\r\u001b[2K${progressLine(progress, this.terminal.columns - 1)}`);
      this.drawn = true;
    } else {
      this.terminal.notes.write(`${progressLine(progress, 120, false)}\n`);
    }
  };

  /** Takes the bar away, so that other text can follow. */
  clear(): void {
    if (this.drawn) this.terminal.notes.write("\r\u001b[2K");
    this.drawn = false;
    this.stage = "";
  }
}

/** "Pushing Llama ▕████▌     ▏ 2.10 of 4.34 GB · 186 MB/s · 12 s left", cut to the width. */
export function progressLine(progress: Progress, width: number, withBar = true): string {
  const { stage, done, total, unit, rate, secondsLeft } = progress;
  const parts: string[] = [];
  if (total > 0) parts.push(unit === "bytes" ? bytesOf(done, total) : `${short(done)} of ${short(total)} ${unit}`);
  else if (done > 0) parts.push(unit === "bytes" ? formatBytes(done) : `${short(done)} ${unit}`);
  if (rate !== undefined && rate > 0)
    parts.push(unit === "bytes" ? `${formatBytes(rate)}/s` : `${significant(rate)} ${unit}/s`);
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft)) parts.push(`${timeLeft(secondsLeft)} left`);
  const figures = parts.join(" · ");
  const room = width - stage.length - figures.length - 4;
  const bar = withBar && total > 0 && room >= 10 ? ` ▕${filled(done / total, Math.min(room, 30))}▏` : "";
  return `${stage}${bar}${figures === "" ? "" : ` ${figures}`}`.slice(0, width);
}

function filled(share: number, cells: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * cells * 8);
  const part = "▏▎▍▌▋▊▉"[(eighths % 8) - 1] ?? "";
  return ("█".repeat(Math.floor(eighths / 8)) + part).padEnd(cells);
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : significant(value);
}

/** "2.10 of 4.34 GB": both in the unit of the whole. */
function bytesOf(part: number, whole: number): string {
  const [figure = "", unit = "B"] = formatBytes(whole).split(" ");
  const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit] ?? 1;
  return `${unit === "B" ? String(part) : significant(part / scale)} of ${figure} ${unit}`;
}

function timeLeft(seconds: number): string {
  return seconds < 1 ? "under 1 s" : seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
