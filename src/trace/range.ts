import { bandRow } from "./bands";
import { workGroup, workGroups } from "./groups";
import { WallClock, type WallTime } from "./states";
import { type Row, type Trace, endOf, firstEndingAfter, nameOf, startOf } from "./trace";
import { type ProcessorKind, isProcessor } from "./tracks";
import type { Work } from "./work";

export type GroupBy = "work" | "op" | "layer" | "token";

/** Sums over slices, of each the part that lies in the range. Times in ns. */
export interface RangeRow {
  readonly label: string;
  slices: number;
  /** Time in which at least one of these slices ran; rates are over this. */
  wallNs: number;
  readonly busyNs: Record<ProcessorKind, number>;
  /** Joins before these ops. */
  syncNs: number;
  bytes: number;
  flops: number;
  predictedNs: number;
  /** Measured time of the slices for which something was predicted. */
  measuredNs: number;
}

export interface RangeSum {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly RangeRow[];
  readonly total: RangeRow;
  readonly wall: WallTime;
}

/** What ran between two times, by kind of work, op, layer or token. */
export function sumRange(trace: Trace, work: Work, from: number, to: number, groupBy: GroupBy): RangeSum {
  const total = newRow("Sum");
  const rows = new Map<string, RangeRow>();
  const processors = trace.rows.filter((row) => isProcessor(trace.tracks[row.track]?.kind ?? "none"));
  const labelOf = labels(trace, groupBy);
  const rowOf = (slice: number): RangeRow => {
    const label = labelOf(slice);
    let row = rows.get(label);
    if (row === undefined) rows.set(label, (row = newRow(label)));
    return row;
  };
  // In time order over all processors, so that time in which two halves ran at once counts once.
  const covered = new Map<RangeRow, number>();
  eachInOrder(trace, processors, from, to, (slice, kind, start, end, part) => {
    if (nameOf(trace, slice).kind === "") return;
    for (const sum of [rowOf(slice), total]) {
      const until = covered.get(sum) ?? from;
      sum.wallNs += Math.max(0, end - Math.max(start, until));
      covered.set(sum, Math.max(until, end));
      sum.slices++;
      sum.busyNs[kind] += end - start;
      sum.bytes += (work.bytes[slice] ?? 0) * part;
      sum.flops += (work.flops[slice] ?? 0) * part;
      const predicted = (work.predicted[slice] ?? 0) * part;
      sum.predictedNs += predicted;
      if (predicted > 0) sum.measuredNs += end - start;
    }
  });
  for (const row of trace.rows) {
    if (trace.tracks[row.track]?.kind !== "joins") continue;
    eachIn(trace, row, from, to, (slice, inside) => {
      total.syncNs += inside;
      const next = nextOp(trace, processors, endOf(trace, slice));
      if (next !== undefined && startOf(trace, next) < to) rowOf(next).syncNs += inside;
    });
  }
  return { from, to, rows: sortRows([...rows.values()], groupBy), total, wall: new WallClock(trace).between(from, to) };
}

function newRow(label: string): RangeRow {
  return {
    label,
    slices: 0,
    wallNs: 0,
    busyNs: { gpu: 0, npu: 0, cpu: 0 },
    syncNs: 0,
    bytes: 0,
    flops: 0,
    predictedNs: 0,
    measuredNs: 0,
  };
}

export function busyTime(row: RangeRow): number {
  return row.busyNs.gpu + row.busyNs.npu + row.busyNs.cpu;
}

function eachIn(
  trace: Trace,
  row: Row,
  from: number,
  to: number,
  visit: (slice: number, insideNs: number) => void,
): void {
  for (let slice = firstEndingAfter(trace.slices, row, from); slice < row.end; slice++) {
    if (startOf(trace, slice) >= to) return;
    visit(slice, Math.min(endOf(trace, slice), to) - Math.max(startOf(trace, slice), from));
  }
}

/** Slices of several rows by start; `start` and `end` are what lies in the range, `part` that part of the slice. */
function eachInOrder(
  trace: Trace,
  rows: readonly Row[],
  from: number,
  to: number,
  visit: (slice: number, kind: ProcessorKind, start: number, end: number, part: number) => void,
): void {
  const next = rows.map((row) => firstEndingAfter(trace.slices, row, from));
  const kinds = rows.map((row) => trace.tracks[row.track]?.kind as ProcessorKind);
  for (;;) {
    let first = -1;
    let earliest = to;
    for (let r = 0; r < rows.length; r++) {
      const slice = next[r] as number;
      if (slice >= (rows[r]?.end ?? 0)) continue;
      const start = startOf(trace, slice);
      if (start < earliest) {
        earliest = start;
        first = r;
      }
    }
    if (first < 0) return;
    const slice = next[first] as number;
    next[first] = slice + 1;
    const end = endOf(trace, slice);
    const inside = Math.max(earliest, from);
    const until = Math.min(end, to);
    visit(
      slice,
      kinds[first] as ProcessorKind,
      inside,
      until,
      end > earliest ? (until - inside) / (end - earliest) : 1,
    );
  }
}

/** A join is a wait for what runs next. */
function nextOp(trace: Trace, processors: readonly Row[], time: number): number | undefined {
  let best: number | undefined;
  for (const row of processors) {
    let slice = firstEndingAfter(trace.slices, row, time);
    while (slice < row.end && nameOf(trace, slice).kind === "") slice++;
    if (slice < row.end && (best === undefined || startOf(trace, slice) < startOf(trace, best))) best = slice;
  }
  return best;
}

function labels(trace: Trace, groupBy: GroupBy): (slice: number) => string {
  switch (groupBy) {
    case "work":
      return (slice) => workGroup(nameOf(trace, slice));
    case "op":
      return (slice) => nameOf(trace, slice).op;
    case "layer":
      return (slice) => {
        const { layer } = nameOf(trace, slice);
        return layer < 0 ? outsideLayers : `layer ${String(layer)}`;
      };
    case "token": {
      const row = bandRow(trace, "Token");
      return (slice) => {
        const token = row === undefined ? undefined : firstEndingAfter(trace.slices, row, startOf(trace, slice));
        return token === undefined || token >= (row?.end ?? 0) ? outsideTokens : nameOf(trace, token).text;
      };
    }
  }
}

const outsideLayers = "outside layers";
const outsideTokens = "outside tokens";

/** Kinds of work in the order of a layer, layers and tokens by number, ops by time spent. */
function sortRows(rows: RangeRow[], groupBy: GroupBy): RangeRow[] {
  const number = ({ label }: RangeRow): number =>
    Number(/\d+$/.exec(label)?.[0] ?? (label === "prompt" ? -1 : Infinity));
  if (groupBy === "work") {
    const place = ({ label }: RangeRow): number => workGroups.findIndex((group) => group === label);
    return rows.sort((a, b) => place(a) - place(b));
  }
  if (groupBy === "op") return rows.sort((a, b) => busyTime(b) - busyTime(a));
  return rows.sort((a, b) => compare(number(a), number(b)));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
