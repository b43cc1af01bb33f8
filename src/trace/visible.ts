import { type Row, type Slices, firstEndingAfter } from "./trace";

/**
 * What to draw of one row: at most about one mark per pixel. `busy` is the part of the mark's width in which
 * slices ran: 1 for a slice shown as itself, less for a stretch of short ones shown as density.
 */
export interface Marks {
  count: number;
  start: Float64Array;
  end: Float64Array;
  busy: Float32Array;
  /** The slice of the mark; the longest one where a mark stands for several. */
  slice: Uint32Array;
  /** Slices that the mark stands for beside that one. */
  hidden: Uint32Array;
}

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
  /** ns per mark: a power of two. */
  readonly resolution: number;
}

/** The largest power of two that is not above the ns of a pixel. */
export function resolutionFor(nsPerPixel: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, nsPerPixel)));
}

/** A window of about three times the view, in steps that stay the same while the view moves a little. */
export function windowAround(start: number, end: number, nsPerPixel: number, duration: number): TimeWindow {
  const resolution = resolutionFor(nsPerPixel);
  const step = 2 ** Math.ceil(Math.log2(Math.max(resolution, end - start)));
  return {
    from: Math.max(0, (Math.floor(start / step) - 1) * step),
    to: Math.min(Math.max(duration, 1), (Math.ceil(end / step) + 1) * step),
    resolution,
  };
}

export function covers(window: TimeWindow, start: number, end: number, nsPerPixel: number, duration: number): boolean {
  return (
    window.resolution === resolutionFor(nsPerPixel) &&
    window.from <= Math.max(0, start) &&
    window.to >= Math.min(Math.max(duration, 1), end)
  );
}

export function newMarks(): Marks {
  return {
    count: 0,
    start: new Float64Array(256),
    end: new Float64Array(256),
    busy: new Float32Array(256),
    slice: new Uint32Array(256),
    hidden: new Uint32Array(256),
  };
}

/** Slices of a row in a window: long ones as themselves; of those that share a pixel the longest, with the number hidden. */
export function visibleSlices(slices: Slices, row: Row, window: TimeWindow): Marks {
  const marks = newMarks();
  const { start, duration } = slices;
  const { to, resolution } = window;
  let bucket = -1;
  for (let i = firstEndingAfter(slices, row, window.from); i < row.end; i++) {
    const at = start[i] as number;
    if (at >= to) break;
    const length = duration[i] as number;
    const own = Math.floor(at / resolution);
    const last = marks.count - 1;
    if (length < resolution && own === bucket && last >= 0) {
      marks.hidden[last] = (marks.hidden[last] as number) + 1;
      if (length > (marks.end[last] as number) - (marks.start[last] as number)) {
        marks.start[last] = at;
        marks.end[last] = at + length;
        marks.slice[last] = i;
      }
      continue;
    }
    bucket = length < resolution ? own : -1;
    addMark(marks, at, at + length, 1, i, 0);
  }
  return marks;
}

export function addMark(marks: Marks, start: number, end: number, busy: number, slice: number, hidden: number): void {
  if (marks.count === marks.start.length) grow(marks);
  const index = marks.count++;
  marks.start[index] = start;
  marks.end[index] = end;
  marks.busy[index] = busy;
  marks.slice[index] = slice;
  marks.hidden[index] = hidden;
}

function grow(marks: Marks): void {
  const size = marks.start.length * 2;
  const larger = <T extends Float64Array | Float32Array | Uint32Array>(to: T, from: T): T => {
    to.set(from);
    return to;
  };
  marks.start = larger(new Float64Array(size), marks.start);
  marks.end = larger(new Float64Array(size), marks.end);
  marks.busy = larger(new Float32Array(size), marks.busy);
  marks.slice = larger(new Uint32Array(size), marks.slice);
  marks.hidden = larger(new Uint32Array(size), marks.hidden);
}
