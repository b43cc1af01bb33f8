import { inSentence } from "../../base/words";
import { tokenRate } from "../figures";
import { text } from "../text";
import type { Row } from "./row";

/** What the Runs view needs to know of a run. */
export interface RunView {
  readonly path: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly model: string;
  readonly device: string;
  readonly origin: "measured" | "modeled";
  /** tok/s; absent where the run did not get that far. */
  readonly prefillRate?: number;
  readonly decodeRate?: number;
  readonly finish?: string;
  /** Modeled from a description that is scaled from published figures. */
  readonly uncalibrated?: boolean;
  /** Why the file cannot be read, or what is missing in it. */
  readonly problem?: string;
}

/** Rows of the Runs view: by day, newest first; modeled runs apart from measured ones. */
export function runRows(runs: readonly RunView[], now: Date, locale: string): Row[] {
  const days = new Map<string, RunView[]>();
  for (const run of [...runs].sort((a, b) => b.startedAt - a.startedAt)) {
    const day = run.origin === "modeled" ? text.modeled() : dayName(new Date(run.startedAt), now, locale);
    days.set(day, [...(days.get(day) ?? []), run]);
  }
  const modeledLast = ([a]: [string, RunView[]], [b]: [string, RunView[]]): number =>
    Number(a === text.modeled()) - Number(b === text.modeled());
  return [...days].sort(modeledLast).map(([day, list], index) => ({
    id: `day/${day}`,
    label: day,
    description: text.runCount(list.length),
    expanded: index === 0,
    children: list.map((run) => runRow(run, locale)),
  }));
}

function runRow(run: RunView, locale: string): Row {
  const time = new Date(run.startedAt).toLocaleTimeString(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return {
    id: run.path,
    label: `${time} ${run.model}`,
    description: [rates(run), run.device, run.uncalibrated === true ? text.uncalibratedMark() : ""]
      .filter((part) => part !== "")
      .join(" · "),
    tooltip: tooltip(run),
    icon: run.problem === undefined ? { name: "graph-line" } : { name: "warning", color: "tandem.warn" },
    context: run.problem === undefined ? "run" : "run.problem",
    subject: { runPath: run.path },
    command: "tandem.openTimeline",
  };
}

/** "236 · 13.0 tok/s": prefill and decode; modeled figures carry an approximation sign. */
function rates(run: RunView): string {
  const sign = run.origin === "modeled" ? "≈ " : "";
  if (run.prefillRate !== undefined && run.decodeRate !== undefined && run.decodeRate > 0) {
    return sign + text.runRates(run.prefillRate, run.decodeRate);
  }
  return run.prefillRate === undefined ? "" : sign + tokenRate(run.prefillRate);
}

function tooltip(run: RunView): string {
  // Of a file that Tandem did not record here only its name is known.
  const known = run.device !== "";
  const origin = run.uncalibrated === true ? `${run.origin}, ${text.uncalibratedMark()}` : run.origin;
  const lines = [known ? `${run.model} on ${inSentence(run.device)}, ${origin}` : run.model];
  if (run.prefillRate !== undefined) lines.push(`prefill ${tokenRate(run.prefillRate)}`);
  if (run.decodeRate !== undefined && run.decodeRate > 0) lines.push(`decode ${tokenRate(run.decodeRate)}`);
  if (run.finish !== undefined) lines.push(`ended: ${run.finish}`);
  if (run.problem !== undefined) lines.push(run.problem);
  return [...lines, run.path].join("\n");
}

function dayName(day: Date, now: Date, locale: string): string {
  const days = Math.round((midnight(now) - midnight(day)) / 86_400_000);
  if (days === 0) return text.today();
  if (days === 1) return text.yesterday();
  const sameYear = day.getFullYear() === now.getFullYear();
  return day.toLocaleDateString(locale, { month: "long", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) });
}

function midnight(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
