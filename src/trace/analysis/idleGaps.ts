import { type Slices, type Trace, firstEndingAfter } from "../trace";
import type { ProcessorKind } from "../tracks";
import { flowIndex } from "./flowIndex";
import { type Lane, joinLanes, opMarks, processorLanes } from "./lanes";

/** Why a processor did nothing: for another one's op through a join, for one without a join, or for nothing seen. */
export const gapCauses = ["join", "other processor", "nothing seen"] as const;
export type GapCause = (typeof gapCauses)[number];

/** Stretches in which a processor ran no op, in time order. Times in ns. */
export interface IdleGaps {
  readonly processor: ProcessorKind;
  readonly count: number;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  /** The op that ran next; −1 after the last one. */
  readonly next: Int32Array;
  /** The slice of another processor that it waited for; −1 where none is known. */
  readonly waitedFor: Int32Array;
  /** Index into `gapCauses`. */
  readonly cause: Uint8Array;
  readonly totalNs: number;
  /** By cause. */
  readonly causeNs: readonly number[];
}

/** Idle time of every processor that computes in the trace, between two times. */
export function idleGaps(trace: Trace, from = 0, to = trace.durationNs): IdleGaps[] {
  const isOp = opMarks(trace);
  const lanes = processorLanes(trace);
  const flows = flowIndex(trace);
  return lanes.flatMap((lane) => {
    const others = lanes.filter((other) => other.kind !== lane.kind).map((other) => new OpCursor(trace, other, isOp));
    const joins = joinLanes(trace).map((join) => new OpCursor(trace, join));
    const gaps = gapsOf(trace.slices, lane, isOp, from, to);
    if (gaps === undefined) return [];
    const { count, start, duration, next } = gaps;
    const waitedFor = new Int32Array(count);
    const cause = new Uint8Array(count);
    const causeNs = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const begin = start[i] as number;
      const end = begin + (duration[i] as number);
      const waited = flowSource(trace, flows, next[i] as number, lane) ?? lastOf(others, begin, end);
      const joined = lastOf(joins, begin, end) >= 0;
      waitedFor[i] = waited;
      cause[i] = joined ? 0 : waited >= 0 ? 1 : 2;
      causeNs[cause[i] as number] = (causeNs[cause[i] as number] ?? 0) + (duration[i] as number);
    }
    const totalNs = causeNs.reduce((sum, ns) => sum + ns, 0);
    return [{ processor: lane.kind, count, start, duration, next, waitedFor, cause, totalNs, causeNs }];
  });
}

/** Gaps longest first, as indices: what a list shows. */
export function longestGaps(gaps: IdleGaps, most: number): Uint32Array {
  const order = Uint32Array.from(gaps.start, (_, index) => index);
  order.sort((a, b) => (gaps.duration[b] as number) - (gaps.duration[a] as number) || a - b);
  return order.slice(0, most);
}

interface Gaps {
  readonly count: number;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly next: Int32Array;
}

/** Undefined where the lane has no op at all: a processor that is not used is not idle. */
function gapsOf(slices: Slices, lane: Lane, isOp: Uint8Array, from: number, to: number): Gaps | undefined {
  const { row } = lane;
  const most = row.end - row.first + 1;
  const start = new Float64Array(most);
  const duration = new Float64Array(most);
  const next = new Int32Array(most);
  let count = 0;
  let busyUntil = from;
  let some = false;
  for (let slice = row.first; slice < row.end && !some; slice++) {
    some = isOp[slices.name[slice] as number] === 1;
  }
  if (!some) return undefined;
  const add = (until: number, slice: number): void => {
    if (until <= busyUntil) return;
    start[count] = busyUntil;
    duration[count] = until - busyUntil;
    next[count++] = slice;
  };
  for (let slice = firstEndingAfter(slices, row, from); slice < row.end; slice++) {
    const begin = slices.start[slice] as number;
    if (begin >= to) break;
    if (isOp[slices.name[slice] as number] === 0) continue;
    add(begin, slice);
    busyUntil = Math.max(busyUntil, begin + (slices.duration[slice] as number));
  }
  add(to, -1);
  return {
    count,
    start: start.slice(0, count),
    duration: duration.slice(0, count),
    next: next.slice(0, count),
  };
}

/** Gives the last slice of a lane that ran in a stretch; stretches must come in time order. */
class OpCursor {
  private at: number;

  constructor(
    private readonly trace: Trace,
    private readonly lane: Lane,
    private readonly counted?: Uint8Array,
  ) {
    this.at = lane.row.first;
  }

  /** Of slices that began before `end` and ended after `begin`, the last one; −1 where there is none. */
  lastWithin(begin: number, end: number): number {
    const { slices } = this.trace;
    const { row } = this.lane;
    while (this.at < row.end && (slices.start[this.at] as number) < end) this.at++;
    for (let slice = this.at - 1; slice >= row.first; slice--) {
      if ((slices.start[slice] as number) + (slices.duration[slice] as number) <= begin) return -1;
      if (this.counted === undefined || this.counted[slices.name[slice] as number] === 1) return slice;
    }
    return -1;
  }

  endOf(slice: number): number {
    return (this.trace.slices.start[slice] as number) + (this.trace.slices.duration[slice] as number);
  }
}

function lastOf(cursors: readonly OpCursor[], begin: number, end: number): number {
  let best = -1;
  let reach = -Infinity;
  for (const cursor of cursors) {
    const slice = cursor.lastWithin(begin, end);
    if (slice >= 0 && cursor.endOf(slice) > reach) [best, reach] = [slice, cursor.endOf(slice)];
  }
  return best;
}

/** The slice of another lane that a flow leads from; undefined where no flow tells. */
function flowSource(trace: Trace, flows: ReturnType<typeof flowIndex>, slice: number, lane: Lane): number | undefined {
  if (slice < 0) return undefined;
  let best: number | undefined;
  for (let i = flows.first[slice] as number; i < (flows.first[slice + 1] as number); i++) {
    const source = flows.previous[i] as number;
    const isOwn = lane.row.first <= source && source < lane.row.end;
    const isOp = trace.names[trace.slices.name[source] as number]?.kind !== "";
    if (!isOwn && isOp) best = source;
  }
  return best;
}
