import { type Row, type Slices, firstEndingAfter } from "./trace";
import { type Marks, type TimeWindow, addMark, newMarks } from "./visible";

/** Above this a busy row is shown as density, so that a row that works 1 % of the time never looks full. */
const densityNsPerPixel = 150_000;
/** … or from this many slices per pixel on average, where slices are short. */
const densitySlicesPerPixel = 2;
/** A pyramid is no finer than this: below, few slices are in a window and are binned when they are needed. */
const slicesPerBin = 4;

export function isDense(slices: Slices, row: Row, resolution: number): boolean {
  return resolution > densityThreshold(slices, row);
}

/** The resolution in ns above which a row is shown as density. */
function densityThreshold(slices: Slices, row: Row): number {
  const last = row.end - 1;
  if (last <= row.first) return Infinity;
  return Math.min(densityNsPerPixel, (spanOf(slices, row) / (row.end - row.first)) * densitySlicesPerPixel);
}

/** The part of each stretch of time in which the row was busy, coloured by its longest slice. */
export function sliceDensity(slices: Slices, row: Row, window: TimeWindow): Marks {
  return marksOf(fillBins(slices, row, window.from, window.to, binWidth(window)), window);
}

/**
 * Density at every resolution without a look at every slice: bins of one level are made from pairs of the level below.
 * Each level is made when it is first asked for.
 */
export class DensityPyramid {
  private readonly levels: Bins[] = [];
  private readonly finest: number;

  constructor(
    private readonly slices: Slices,
    private readonly row: Row,
  ) {
    const least = (spanOf(slices, row) / (row.end - row.first)) * (slicesPerBin / 2);
    this.finest = 2 ** Math.ceil(Math.log2(Math.max(1, least, densityThreshold(slices, row))));
  }

  /** @param window with a resolution that is a power of two. */
  marks(window: TimeWindow): Marks {
    const { slices, row } = this;
    const level = Math.log2(window.resolution / this.finest);
    if (level < 0) return sliceDensity(slices, row, window);
    if (this.levels.length === 0) {
      const begin = slices.start[row.first] as number;
      this.levels.push(fillBins(slices, row, begin, endOfRow(slices, row), this.finest * pixelsPerBin));
    }
    while (this.levels.length <= level) this.levels.push(halved(this.levels[this.levels.length - 1] as Bins));
    return marksOf(this.levels[level] as Bins, window);
  }
}

/** Narrower bins would flicker where they share a pixel. */
const pixelsPerBin = 2;

const binWidth = (window: TimeWindow): number => window.resolution * pixelsPerBin;

/** Stretches of time of the same width; `first` is the number of the first one, counted from time 0. */
interface Bins {
  readonly first: number;
  readonly width: number;
  /** ns in which a slice ran, and those of the longest slice. */
  readonly busy: Float64Array;
  readonly longest: Float64Array;
  readonly slice: Uint32Array;
  /** Slices that begin in the bin, and whether one goes on from the bin before. */
  readonly begun: Uint32Array;
  readonly carried: Uint8Array;
}

function newBins(first: number, size: number, width: number): Bins {
  return {
    first,
    width,
    busy: new Float64Array(size),
    longest: new Float64Array(size),
    slice: new Uint32Array(size),
    begun: new Uint32Array(size),
    carried: new Uint8Array(size),
  };
}

function fillBins(slices: Slices, row: Row, from: number, to: number, width: number): Bins {
  const first = Math.floor(from / width);
  const size = Math.max(1, Math.ceil(to / width) - first);
  const bins = newBins(first, size, width);
  const { busy, longest, slice, begun, carried } = bins;
  // A slice without length may lie on the edge.
  for (let i = firstEndingAfter(slices, row, from - 1); i < row.end; i++) {
    const start = slices.start[i] as number;
    const begin = Math.floor(start / width) - first;
    if (begin >= size) break;
    const end = start + (slices.duration[i] as number);
    const last = Math.min(size - 1, Math.max(begin, Math.ceil(end / width) - first - 1));
    if (begin >= 0) begun[begin] = (begun[begin] as number) + 1;
    for (let bin = Math.max(0, begin); bin <= last; bin++) {
      const left = (bin + first) * width;
      const inside = Math.min(end, left + width) - Math.max(start, left);
      busy[bin] = (busy[bin] as number) + inside;
      if (bin > begin) carried[bin] = 1;
      if (inside < (longest[bin] as number)) continue;
      longest[bin] = inside;
      slice[bin] = i;
    }
  }
  return bins;
}

function halved(fine: Bins): Bins {
  const first = Math.floor(fine.first / 2);
  const end = fine.first + fine.busy.length;
  const bins = newBins(first, Math.ceil(end / 2) - first, fine.width * 2);
  const { busy, longest, slice, begun, carried } = bins;
  for (let from = 0; from < fine.busy.length; from++) {
    const bin = Math.floor((from + fine.first) / 2) - first;
    const length = fine.longest[from] as number;
    const isLeft = (from + fine.first) % 2 === 0;
    busy[bin] = (busy[bin] as number) + (fine.busy[from] as number);
    if (isLeft) carried[bin] = fine.carried[from] as number;
    const goesOn = fine.carried[from] === 1 && (begun[bin] as number) + (carried[bin] as number) > 0;
    begun[bin] = (begun[bin] as number) + (fine.begun[from] as number);
    if (goesOn && slice[bin] === fine.slice[from]) longest[bin] = (longest[bin] as number) + length;
    else if (length >= (longest[bin] as number)) {
      longest[bin] = length;
      slice[bin] = fine.slice[from] as number;
    }
  }
  return bins;
}

/** Bins that lie in the window, as marks; empty ones are left out. */
function marksOf(bins: Bins, window: TimeWindow): Marks {
  const { first, width, busy, slice, begun, carried } = bins;
  const marks = newMarks();
  const begin = Math.max(0, Math.floor(window.from / width) - first);
  const end = Math.min(busy.length, Math.ceil(window.to / width) - first);
  for (let bin = begin; bin < end; bin++) {
    const hidden = (begun[bin] as number) + (carried[bin] as number) - 1;
    if (hidden < 0) continue;
    const left = (bin + first) * width;
    addMark(marks, left, left + width, Math.min(1, (busy[bin] as number) / width), slice[bin] as number, hidden);
  }
  return marks;
}

function endOfRow(slices: Slices, row: Row): number {
  const last = row.end - 1;
  return (slices.start[last] as number) + (slices.duration[last] as number);
}

function spanOf(slices: Slices, row: Row): number {
  return endOfRow(slices, row) - (slices.start[row.first] as number);
}
