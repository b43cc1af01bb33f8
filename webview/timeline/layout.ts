import type { Trace, Track } from "../../src/trace/trace";

/** A track on the screen, in CSS px from the top of the track area, before scrolling. */
export interface TrackBox {
  readonly track: Track;
  readonly y: number;
  readonly height: number;
  /** Height of each of its rows. */
  readonly rowHeight: number;
  /** Reduced to a thin line. */
  readonly folded: boolean;
}

export interface TrackLayout {
  readonly boxes: readonly TrackBox[];
  /** Of all tracks; more than the area's where they have to be scrolled. */
  readonly height: number;
}

export const rightEdge = 10;
/** What the gutter leaves to the tracks. */
export const tracksKeep = 240;
export const minimap = { y: 8, height: 34 } as const;
export const ruler = { y: 48, height: 16 } as const;
export const rangeBar = { y: 66, height: 16 } as const;
/** Where the track area begins. */
export const tracksTop = 88;

const npuSync = "NPU sync";
const bandHeight = 18;
const processorHeight = 44;
const syncHeight = 16;
const controlHeight = 14;
const nestedRow = 18;
const foldedHeight = 12;
const leastCounter = 56;
const mostCounter = 150;
const gap = 6;

/** Where the CPU is the only processor, its row and the bands grow into the room that is left, up to these. */
const loneBandHeight = 24;
const loneProcessorHeight = 180;
const loneProcessorShare = 0.5;

/** By which a track is known again in another trace. */
export const trackKey = ({ kind, name }: Track): string => `${kind}:${name}`;

/** The tracks that are folded once this one was folded or unfolded. */
export function toggled(folded: readonly string[], track: Track): readonly string[] {
  const key = trackKey(track);
  return folded.includes(key) ? folded.filter((known) => known !== key) : [...folded, key];
}

/**
 * From top to bottom. The CPU is a full processor where it is the only one, else a thin control track.
 * @param folded keys of the tracks that are reduced to a line
 */
export function layoutTracks(trace: Trace, areaHeight: number, folded: readonly string[] = []): TrackLayout {
  const lone = trace.tracks.every(({ kind }) => kind !== "gpu" && kind !== "npu");
  if (!lone) return stackTracks(trace, areaHeight, folded, bandHeight, controlHeight);
  const spare = Math.max(0, areaHeight - stackTracks(trace, 0, folded, bandHeight, processorHeight).height);
  const band = Math.min(loneBandHeight, bandHeight + Math.floor(spare / 24));
  const cpu = Math.min(loneProcessorHeight, processorHeight + Math.floor(spare * loneProcessorShare));
  return stackTracks(trace, areaHeight, folded, band, cpu);
}

/** Counters get what is left of the area; all of them at least what a line needs to be read. */
function stackTracks(
  trace: Trace,
  areaHeight: number,
  folded: readonly string[],
  band: number,
  cpu: number,
): TrackLayout {
  const of = (kind: Track["kind"]): Track[] => trace.tracks.filter((track) => track.kind === kind);
  const boxes: TrackBox[] = [];
  let y = 0;
  const add = (track: Track, tall: number, after: number): void => {
    const rows = Math.max(1, track.rows.length);
    const isFolded = folded.includes(trackKey(track));
    const rowHeight = isFolded ? foldedHeight / rows : rows > 1 ? Math.min(tall, nestedRow + 4) : tall;
    boxes.push({ track, y, height: rowHeight * rows, rowHeight, folded: isFolded });
    y += rowHeight * rows + after;
  };
  for (const name of ["Phase", "Token", "Layer"]) {
    for (const track of of("band").filter((known) => known.name === name)) add(track, band, 1);
  }
  if (boxes.length > 0) y += gap + 2;
  for (const track of of("gpu")) add(track, processorHeight, gap);
  // Each beside who waits in it.
  const joins = of("joins");
  for (const track of joins.filter(({ name }) => name !== npuSync)) add(track, syncHeight, gap);
  for (const track of joins.filter(({ name }) => name === npuSync)) add(track, syncHeight, gap);
  for (const track of of("npu")) add(track, processorHeight, gap);
  for (const track of of("cpu")) add(track, cpu, gap + 2);
  for (const track of of("other")) add(track, nestedRow, gap);
  const counters = of("counter").filter(({ index }) => hasValue(trace, index));
  const open = counters.filter((track) => !folded.includes(trackKey(track)));
  const left = areaHeight - y - counters.length * (gap + 6) - (counters.length - open.length) * foldedHeight;
  const parts = open.length * 2 + 1;
  counters.forEach((track) => {
    // The first one gets more.
    const share = Math.floor((left * (track === open[0] ? 3 : 2)) / parts);
    y += 6;
    add(track, Math.min(mostCounter, Math.max(leastCounter, share)), gap);
  });
  return { boxes, height: y };
}

/** A counter that is first read when the run is over has nothing to show. */
function hasValue(trace: Trace, track: number): boolean {
  return trace.counters.some((counter) => counter.track === track && (counter.time[0] ?? Infinity) < trace.durationNs);
}

/** Rows with slices from top to bottom, for moving with the keyboard. */
export function rowsInOrder(layout: TrackLayout): number[] {
  return layout.boxes.flatMap(({ track }) => [...track.rows]);
}

/** The track at a height of the track area, before scrolling. */
export function boxAt(layout: TrackLayout, y: number): TrackBox | undefined {
  return layout.boxes.find((box) => y >= box.y && y < box.y + box.height);
}

/** The row there. */
export function rowAt(layout: TrackLayout, y: number): number | undefined {
  const box = boxAt(layout, y);
  return box?.track.rows[Math.floor((y - box.y) / box.rowHeight)];
}

/** Top of a row. */
export function rowTop(layout: TrackLayout, row: number): { readonly y: number; readonly height: number } | undefined {
  for (const box of layout.boxes) {
    const at = box.track.rows.indexOf(row);
    if (at >= 0) return { y: box.y + at * box.rowHeight, height: box.rowHeight };
  }
  return undefined;
}
