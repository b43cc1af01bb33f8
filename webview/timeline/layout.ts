import type { Trace, Track } from "../../src/trace/trace";

/** A track on the screen, in CSS px from the top of the track area, before scrolling. */
export interface TrackBox {
  readonly track: Track;
  readonly y: number;
  readonly height: number;
  /** Height of each of its rows. */
  readonly rowHeight: number;
}

export interface TrackLayout {
  readonly boxes: readonly TrackBox[];
  /** Of all tracks; more than the area's where they have to be scrolled. */
  readonly height: number;
}

export const gutter = 140;
export const rightEdge = 10;
export const minimap = { y: 8, height: 34 } as const;
export const ruler = { y: 48, height: 16 } as const;
export const rangeBar = { y: 66, height: 16 } as const;
/** Where the track area begins. */
export const tracksTop = 88;

const bandHeight = 18;
const processorHeight = 44;
const syncHeight = 16;
const controlHeight = 14;
const nestedRow = 18;
const leastCounter = 56;
const gap = 6;

/** From top to bottom. The CPU is a full processor where it is the only one, else a thin control track. */
export function layoutTracks(trace: Trace, areaHeight: number): TrackLayout {
  const of = (kind: Track["kind"]): Track[] => trace.tracks.filter((track) => track.kind === kind);
  const others = of("gpu").length + of("npu").length;
  const counters = of("counter").filter((track) =>
    trace.counters.some((counter) => counter.track === track.index && counter.time.length > 0),
  );
  const boxes: TrackBox[] = [];
  let y = 0;
  const add = (track: Track, rowHeight: number, after: number): void => {
    const height =
      Math.max(1, track.rows.length) * (track.rows.length > 1 ? Math.min(rowHeight, nestedRow + 4) : rowHeight);
    boxes.push({ track, y, height, rowHeight: height / Math.max(1, track.rows.length) });
    y += height + after;
  };
  for (const name of ["Phase", "Token", "Layer"]) {
    for (const track of of("band").filter((band) => band.name === name)) add(track, bandHeight, 1);
  }
  if (boxes.length > 0) y += gap + 2;
  for (const track of of("gpu")) add(track, processorHeight, gap);
  for (const track of of("joins")) add(track, syncHeight, gap);
  for (const track of of("npu")) add(track, processorHeight, gap);
  for (const track of of("cpu")) add(track, others > 0 ? controlHeight : processorHeight, gap + 2);
  for (const track of of("other")) add(track, nestedRow, gap);
  if (counters.length > 0) {
    // The first counter gets more of what is left; all of them at least what a line needs to be read.
    const left = areaHeight - y - counters.length * (gap + 6);
    const parts = counters.map((_, index) => (index === 0 ? 3 : 2));
    const sum = parts.reduce((a, b) => a + b, 0);
    counters.forEach((track, index) => {
      const share = Math.floor((left * (parts[index] ?? 1)) / sum);
      y += 6;
      add(track, Math.min(150, Math.max(leastCounter, share)), gap);
    });
  }
  return { boxes, height: y };
}

/** Rows with slices from top to bottom, for moving with the keyboard. */
export function rowsInOrder(layout: TrackLayout): number[] {
  return layout.boxes.flatMap(({ track }) => [...track.rows]);
}

/** The row at a height of the track area, before scrolling. */
export function rowAt(layout: TrackLayout, y: number): number | undefined {
  for (const box of layout.boxes) {
    if (y < box.y || y >= box.y + box.height) continue;
    return box.track.rows[Math.floor((y - box.y) / box.rowHeight)];
  }
  return undefined;
}

/** Top of a row. */
export function rowTop(layout: TrackLayout, row: number): { readonly y: number; readonly height: number } | undefined {
  for (const box of layout.boxes) {
    const at = box.track.rows.indexOf(row);
    if (at >= 0) return { y: box.y + at * box.rowHeight, height: box.rowHeight };
  }
  return undefined;
}
