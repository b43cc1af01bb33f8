import { type SliceName, type Trace, nameOf } from "../trace/trace";
import { type ProcessorKind, isProcessor } from "../trace/tracks";
import type { Work } from "../trace/work";

/** Slices of processors that have something in common, added up. */
export interface OpSum {
  readonly name: string;
  readonly count: number;
  readonly ns: number;
  /** Of the busy time of all processors, 0 to 1. */
  readonly share: number;
  readonly bytes: number;
  readonly flops: number;
}

/** Sums by a word for each slice, the longest time first. Slices that are no ops are left out. */
export function opSums(
  trace: Trace,
  work: Work,
  wordOf: (name: SliceName, processor: ProcessorKind) => string,
): OpSum[] {
  const sums = new Map<string, { count: number; ns: number; bytes: number; flops: number }>();
  let total = 0;
  for (const row of trace.rows) {
    const processor = trace.tracks[row.track]?.kind ?? "none";
    if (row.depth > 0 || !isProcessor(processor)) continue;
    for (let slice = row.first; slice < row.end; slice++) {
      const name = nameOf(trace, slice);
      if (name.kind === "") continue;
      const word = wordOf(name, processor);
      let sum = sums.get(word);
      if (sum === undefined) sums.set(word, (sum = { count: 0, ns: 0, bytes: 0, flops: 0 }));
      const ns = trace.slices.duration[slice] ?? 0;
      sum.count++;
      sum.ns += ns;
      sum.bytes += work.bytes[slice] ?? 0;
      sum.flops += work.flops[slice] ?? 0;
      total += ns;
    }
  }
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum, share: total === 0 ? 0 : sum.ns / total }))
    .sort((a, b) => b.ns - a.ns);
}
