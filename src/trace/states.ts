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
      const track = trace.tracks[row.track];
      // Handing work over is what a join leaves to do before anything computes again.
      const bit = track?.name === "Submit" ? bits["joins"] : bits[track?.kind ?? "none"];
      return bit === undefined || row.depth > 0 ? [] : [{ row, bit }];
    });
  }

  /** @param from start and @param to end of the stretch in ns. */
  between(from: number, to: number): WallTime {
    const { slices, rows } = this;
    const time = noTime();
    // Of each row: the slice it is at or before, whether that one runs, and when this changes next.
    const at = Int32Array.from(rows, ({ row }) => firstEndingAfter(slices, row, from));
    const runs = new Uint8Array(rows.length);
    const edge = new Float64Array(rows.length);
    let busy = 0;
    const settle = (r: number, now: number): void => {
      const { row, bit } = rows[r] as { row: Row; bit: number };
      let slice = at[r] as number;
      if (runs[r] === 1) slice++;
      busy &= ~bit;
      runs[r] = 0;
      while (slice < row.end && (slices.start[slice] as number) + (slices.duration[slice] as number) <= now) slice++;
      at[r] = slice;
      if (slice >= row.end) edge[r] = Infinity;
      else if ((slices.start[slice] as number) > now) edge[r] = slices.start[slice] as number;
      else {
        runs[r] = 1;
        busy |= bit;
        edge[r] = (slices.start[slice] as number) + (slices.duration[slice] as number);
      }
    };
    for (let r = 0; r < rows.length; r++) settle(r, from);
    for (let now = from; now < to;) {
      let until = to;
      for (let r = 0; r < edge.length; r++) if ((edge[r] as number) < until) until = edge[r] as number;
      time[partOf(busy)] += until - now;
      now = until;
      for (let r = 0; r < edge.length; r++) if ((edge[r] as number) <= now) settle(r, now);
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
