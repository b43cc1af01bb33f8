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

/** Above this a busy row is shown as density, so that a row that works 1 % of the time never looks full. */
const densityNsPerPixel = 150_000;
/** … or from this many slices per pixel on average, where slices are short. */
const densitySlicesPerPixel = 2;

export function isDense(slices: Slices, row: Row, resolution: number): boolean {
  const last = row.end - 1;
  if (last <= row.first) return false;
  const span = (slices.start[last] as number) + (slices.duration[last] as number) - (slices.start[row.first] as number);
  const mean = span / (row.end - row.first);
  return resolution > Math.min(densityNsPerPixel, mean * densitySlicesPerPixel);
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
    push(marks, at, at + length, 1, i, 0);
  }
  return marks;
}

/** The part of each stretch of time in which the row was busy, coloured by its longest slice. */
export function sliceDensity(slices: Slices, row: Row, window: TimeWindow): Marks {
  const { start, duration } = slices;
  // Two pixels at most: narrower stretches would flicker where they share a pixel.
  const width = window.resolution * 2;
  const first = Math.floor(window.from / width);
  const size = Math.max(1, Math.ceil(window.to / width) - first);
  const busy = new Float64Array(size);
  const longest = new Float64Array(size);
  const slice = new Uint32Array(size);
  const count = new Uint32Array(size);
  for (let i = firstEndingAfter(slices, row, window.from); i < row.end; i++) {
    const from = start[i] as number;
    if (from >= window.to) break;
    const to = from + (duration[i] as number);
    const begin = Math.max(0, Math.floor(from / width) - first);
    const end = Math.min(size - 1, Math.floor(to / width) - first);
    for (let b = begin; b <= end; b++) {
      const left = (b + first) * width;
      const inside = Math.min(to, left + width) - Math.max(from, left);
      busy[b] = (busy[b] as number) + inside;
      count[b] = (count[b] as number) + 1;
      if (inside >= (longest[b] as number)) {
        longest[b] = inside;
        slice[b] = i;
      }
    }
  }
  const marks = newMarks();
  for (let b = 0; b < size; b++) {
    const hidden = (count[b] as number) - 1;
    if (hidden < 0) continue;
    const left = (b + first) * width;
    push(marks, left, left + width, Math.min(1, (busy[b] as number) / width), slice[b] as number, hidden);
  }
  return marks;
}

function push(marks: Marks, start: number, end: number, busy: number, slice: number, hidden: number): void {
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
