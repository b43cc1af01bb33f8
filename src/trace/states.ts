import { type Row, type Slices, type Trace, firstEndingAfter } from "./trace";

/** Wall time of a stretch by what worked in it, in ns; the parts add up to the stretch. */
export interface WallTime {
  gpu: number;
  /** GPU and NPU at once. */
  both: number;
  npu: number;
  /** CPU alone. */
  cpu: number;
  /** Nothing computes because of a join. */
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

/** Walks the outermost rows of the processors and joins together. */
export class WallClock {
  private readonly rows: readonly { readonly row: Row; readonly bit: number }[];
  private readonly slices: Slices;

  constructor(trace: Trace) {
    this.slices = trace.slices;
    this.rows = trace.rows.flatMap((row) => {
      const bit = bits[trace.tracks[row.track]?.kind ?? "none"];
      return bit === undefined || row.depth > 0 ? [] : [{ row, bit }];
    });
  }

  /** @param from start and @param to end of the stretch in ns. */
  between(from: number, to: number): WallTime {
    const { slices } = this;
    const time = noTime();
    const next = this.rows.map(({ row }) => firstEndingAfter(slices, row, from));
    let at = from;
    while (at < to) {
      let busy = 0;
      let until = to;
      for (let r = 0; r < this.rows.length; r++) {
        const { row, bit } = this.rows[r] as { row: Row; bit: number };
        let slice = next[r] as number;
        while (slice < row.end && (slices.start[slice] as number) + (slices.duration[slice] as number) <= at) slice++;
        next[r] = slice;
        if (slice >= row.end) continue;
        const start = slices.start[slice] as number;
        if (start <= at) {
          busy |= bit;
          until = Math.min(until, start + (slices.duration[slice] as number));
        } else until = Math.min(until, start);
      }
      time[partOf(busy)] += until - at;
      at = until;
    }
    return time;
  }
}

const bits: Readonly<Record<string, number>> = { gpu: 1, npu: 2, cpu: 4, joins: 8 };

function partOf(busy: number): keyof WallTime {
  if ((busy & 3) === 3) return "both";
  if ((busy & 1) !== 0) return "gpu";
  if ((busy & 2) !== 0) return "npu";
  // While others are waited for the CPU may poll: that is the join's time.
  if ((busy & 8) !== 0) return "sync";
  return (busy & 4) !== 0 ? "cpu" : "idle";
}
