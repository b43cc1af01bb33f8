import type { Trace } from "../trace";
import type { Work } from "../work";
import { PassCursor, passes } from "./bandCursor";
import { joinLanes } from "./lanes";
import { type OpGroup, OpGroups } from "./opGroups";

/** What was predicted for an op against what it took. Times in ns, over the slices that had a prediction. */
export interface AccuracyRow {
  readonly op: string;
  /** `sync` for joins. */
  readonly on: OpGroup["processor"] | "sync";
  readonly pass: OpGroup["pass"];
  readonly slices: number;
  readonly measuredNs: number;
  readonly predictedNs: number;
  /** Sum of how far each slice was off, either way. */
  readonly errorNs: number;
  /** Of the error of all rows, 0 to 1. */
  readonly errorShare: number;
  /** Measured over predicted, minus 1: above 0 where ops took longer than predicted. */
  readonly bias: number;
}

export interface Accuracy {
  /** Worst first: by how much they add to the error. */
  readonly rows: readonly AccuracyRow[];
  readonly measuredNs: number;
  readonly predictedNs: number;
  readonly errorNs: number;
}

/** Predicted against measured per op; empty where nothing was predicted or the times are modeled themselves. */
export function accuracy(trace: Trace, work: Work, from = 0, to = trace.durationNs): Accuracy {
  if (trace.header?.origin === "modeled") return { rows: [], measuredNs: 0, predictedNs: 0, errorNs: 0 };
  const groups = new OpGroups(trace);
  // Joins are one group more for each pass.
  const sums = new Sums(groups.size + passes.length);
  const { start, duration } = trace.slices;
  const take = (slice: number, group: number): void => {
    const predicted = work.predicted[slice] as number;
    if (predicted > 0) sums.add(group, duration[slice] as number, predicted);
  };
  groups.each(from, to, take);
  for (const { row } of joinLanes(trace)) {
    const pass = new PassCursor(trace);
    for (let join = row.first; join < row.end; join++) {
      const begin = start[join] as number;
      if (begin >= from && begin < to) take(join, groups.size + pass.at(begin));
    }
  }
  return sums.finish((group) => {
    if (group < groups.size) {
      const { op, processor, pass } = groups.describe(group);
      return { op, on: processor, pass };
    }
    return { op: "join", on: "sync", pass: passes[group - groups.size] ?? "other" };
  });
}

class Sums {
  private readonly slices: Uint32Array;
  private readonly measured: Float64Array;
  private readonly predicted: Float64Array;
  private readonly error: Float64Array;

  constructor(size: number) {
    this.slices = new Uint32Array(size);
    this.measured = new Float64Array(size);
    this.predicted = new Float64Array(size);
    this.error = new Float64Array(size);
  }

  add(group: number, measured: number, predicted: number): void {
    this.slices[group] = (this.slices[group] as number) + 1;
    this.measured[group] = (this.measured[group] as number) + measured;
    this.predicted[group] = (this.predicted[group] as number) + predicted;
    this.error[group] = (this.error[group] as number) + Math.abs(measured - predicted);
  }

  finish(describe: (group: number) => Pick<AccuracyRow, "op" | "on" | "pass">): Accuracy {
    const sum = (column: Float64Array): number => column.reduce((total, value) => total + value, 0);
    const errorNs = sum(this.error);
    const rows: AccuracyRow[] = [];
    this.slices.forEach((slices, group) => {
      if (slices === 0) return;
      const measuredNs = this.measured[group] as number;
      const predictedNs = this.predicted[group] as number;
      const own = this.error[group] as number;
      rows.push({
        ...describe(group),
        slices,
        measuredNs,
        predictedNs,
        errorNs: own,
        errorShare: errorNs === 0 ? 0 : own / errorNs,
        bias: measuredNs / predictedNs - 1,
      });
    });
    rows.sort((a, b) => b.errorNs - a.errorNs);
    return { rows, measuredNs: sum(this.measured), predictedNs: sum(this.predicted), errorNs };
  }
}
