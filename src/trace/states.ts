import { type ProcessorLane, opMarks, processorLanes } from "./analysis/lanes";
import { sweep } from "./analysis/sweep";
import { type SyncSpans, syncSpans } from "./analysis/syncSpans";
import type { Trace } from "./trace";

/** Wall time of a stretch by what worked in it, in ns; the parts add up to the stretch. */
export interface WallTime {
  gpu: number;
  /** Several processors at once. */
  both: number;
  npu: number;
  /** CPU alone. */
  cpu: number;
  /** Nothing computes because of a join: the sync ledger's exposed time and what lies behind it. */
  sync: number;
  idle: number;
}

export function noTime(): WallTime {
  return { gpu: 0, both: 0, npu: 0, cpu: 0, sync: 0, idle: 0 };
}

export function addTime(to: WallTime, from: WallTime): void {
  for (const part of wallParts) to[part] += from[part];
}

export const wallParts = ["gpu", "both", "npu", "cpu", "sync", "idle"] as const;

export function totalTime(time: WallTime): number {
  return wallParts.reduce((sum, part) => sum + time[part], 0);
}

/** 0 to 1; 0 of nothing. `both` is the overlap, `sync` the exposed time of joins. */
export function partOfWall(time: WallTime, part: keyof WallTime): number {
  const total = totalTime(time);
  return total === 0 ? 0 : time[part] / total;
}

/** The one clock that all figures of wall time, overlap and sync come from. Only ops compute: submitting and polling do not. */
export class WallClock {
  private readonly lanes: readonly ProcessorLane[];
  private readonly partOf: readonly (keyof WallTime)[];
  private readonly isOp: Uint8Array;
  private readonly spans: SyncSpans;

  constructor(private readonly trace: Trace) {
    this.lanes = processorLanes(trace);
    this.partOf = partsOfLanes(this.lanes);
    this.isOp = opMarks(trace);
    this.spans = syncSpans(trace);
  }

  /** @param from start and @param to end of the stretch in ns. */
  between(from: number, to: number): WallTime {
    const time = noTime();
    const { start, end } = this.spans;
    let span = firstAfter(end, from);
    sweep(
      this.trace.slices,
      this.lanes,
      from,
      to,
      (begin, until, lanes) => {
        if (lanes !== 0) {
          time[this.partOf[lanes] as keyof WallTime] += until - begin;
          return;
        }
        let sync = 0;
        while (span < end.length && (end[span] as number) <= begin) span++;
        for (let at = span; at < end.length && (start[at] as number) < until; at++) {
          sync += Math.min(until, end[at] as number) - Math.max(begin, start[at] as number);
        }
        time.sync += sync;
        time.idle += until - begin - sync;
      },
      this.isOp,
    );
    return time;
  }
}

/** By the set of lanes that compute. */
function partsOfLanes(lanes: readonly ProcessorLane[]): (keyof WallTime)[] {
  return Array.from({ length: 1 << lanes.length }, (_, bits) => {
    const kinds = new Set(lanes.filter((_lane, lane) => (bits & (1 << lane)) !== 0).map(({ kind }) => kind));
    const [kind] = kinds;
    return kinds.size > 1 ? "both" : (kind ?? "idle");
  });
}

/** Index of the first of ascending times that is after `at`. */
function firstAfter(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
