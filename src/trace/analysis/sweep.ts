import { type Slices, firstEndingAfter } from "../trace";
import type { Lane } from "./lanes";

/**
 * Called for each stretch in which the same slices run; stretches come in order and cover the range.
 * `running`: of each lane the slice that runs, or −1. `lanes`: the same as bits, lane 0 lowest.
 */
export type Visit = (from: number, to: number, lanes: number, running: Int32Array) => void;

/**
 * Walks lanes together from `from` to `to` in ns: O(slices x lanes).
 * @param counted by name number, 0 for slices to walk past as if they were not there; absent: all count.
 */
export function sweep(
  slices: Slices,
  lanes: readonly Lane[],
  from: number,
  to: number,
  visit: Visit,
  counted?: Uint8Array,
): void {
  const { start, duration, name } = slices;
  const at = Int32Array.from(lanes, ({ row }) => firstEndingAfter(slices, row, from));
  const ends = Int32Array.from(lanes, ({ row }) => row.end);
  const running = new Int32Array(lanes.length).fill(-1);
  const edge = new Float64Array(lanes.length);
  let bits = 0;
  const settle = (lane: number, now: number): void => {
    const end = ends[lane] as number;
    let slice = at[lane] as number;
    while (slice < end) {
      const counts = counted === undefined || counted[name[slice] as number] === 1;
      if (counts && (start[slice] as number) + (duration[slice] as number) > now) break;
      slice++;
    }
    at[lane] = slice;
    const runs = slice < end && (start[slice] as number) <= now;
    running[lane] = runs ? slice : -1;
    bits = runs ? bits | (1 << lane) : bits & ~(1 << lane);
    if (slice >= end) edge[lane] = Infinity;
    else edge[lane] = runs ? (start[slice] as number) + (duration[slice] as number) : (start[slice] as number);
  };
  for (let lane = 0; lane < edge.length; lane++) settle(lane, from);
  for (let now = from; now < to;) {
    let until = to;
    for (let lane = 0; lane < edge.length; lane++) if ((edge[lane] as number) < until) until = edge[lane] as number;
    if (until > now) visit(now, until, bits, running);
    now = until;
    for (let lane = 0; lane < edge.length; lane++) if ((edge[lane] as number) <= now) settle(lane, now);
  }
}
