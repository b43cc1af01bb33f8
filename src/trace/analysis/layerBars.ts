import { bandRow } from "../bands";
import { WallClock, type WallTime, addTime, noTime, totalTime } from "../states";
import { type Trace, endOf, firstEndingAfter, nameOf, startOf } from "../trace";

/** Wall time of one layer, GPU | both | NPU | CPU | sync | idle, over the times it ran in the range. ns. */
export interface LayerBar {
  readonly label: string;
  /** −1 for what is no layer, such as the output. */
  readonly layer: number;
  /** How often it ran, at least in part. */
  times: number;
  readonly wall: WallTime;
  /** Its first band in the range. */
  readonly slice: number;
}

/** Layers in the order in which they first ran; a bar's parts add up to the time of its bands in the range. */
export function layerBars(trace: Trace, from = 0, to = trace.durationNs): LayerBar[] {
  const row = bandRow(trace, "Layer");
  if (row === undefined) return [];
  const clock = new WallClock(trace);
  const bars = new Map<number, LayerBar>();
  for (let slice = firstEndingAfter(trace.slices, row, from); slice < row.end; slice++) {
    if (startOf(trace, slice) >= to) break;
    const name = trace.slices.name[slice] as number;
    let bar = bars.get(name);
    if (bar === undefined) {
      const { text, layer } = nameOf(trace, slice);
      bars.set(name, (bar = { label: text, layer, times: 0, wall: noTime(), slice }));
    }
    bar.times++;
    addTime(bar.wall, clock.between(Math.max(startOf(trace, slice), from), Math.min(endOf(trace, slice), to)));
  }
  return [...bars.values()];
}

export function barTime(bar: LayerBar): number {
  return totalTime(bar.wall);
}
