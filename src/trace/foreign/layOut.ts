/** Slices as columns, in any order. */
export interface Spans {
  readonly count: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly track: Uint32Array;
}

/** Slices of a track that contain each other or lie apart: `order[first] … order[end − 1]`. */
export interface LaneOfTrack {
  readonly track: number;
  readonly number: number;
  readonly first: number;
  readonly end: number;
}

export interface Layout {
  readonly lanes: readonly LaneOfTrack[];
  readonly order: Uint32Array;
  /** The flows of each slice, from points in time. */
  bind(
    points: readonly { readonly track: number; readonly at: number; readonly id: number; readonly binding: string }[],
  ): Map<number, number[]>;
}

/** Lanes of one track; what overlaps still more ends where the slice around it does. */
const mostLanes = 16;

/**
 * Spreads each track's slices over lanes, so that within a lane slices nest: those that overlap only in part go to
 * the next one. Slices of a lane come in the order of their beginnings, outer ones first. O(n log n).
 */
export function layOut(spans: Spans, tracks: number): Layout {
  const { start, end } = spans;
  const sorted = sortByTrack(spans, tracks);
  const order = new Uint32Array(spans.count);
  const lanes: LaneOfTrack[] = [];
  const firstLane: number[] = [];
  const laneOf = new Uint8Array(spans.count);
  for (let track = 0; track < tracks; track++) {
    const [from, to] = [sorted.first[track] as number, sorted.first[track + 1] as number];
    const sizes: number[] = [];
    const open: number[][] = [];
    for (let i = from; i < to; i++) {
      const slice = sorted.order[i] as number;
      const lane = laneFor(open, start[slice] as number, end, slice);
      laneOf[slice] = lane;
      sizes[lane] = (sizes[lane] ?? 0) + 1;
    }
    firstLane[track] = lanes.length;
    const next: number[] = [];
    let first = from;
    sizes.forEach((size, number) => {
      lanes.push({ track, number, first, end: first + size });
      next[number] = first;
      first += size;
    });
    for (let i = from; i < to; i++) {
      const slice = sorted.order[i] as number;
      const lane = laneOf[slice] as number;
      const place = next[lane] as number;
      next[lane] = place + 1;
      order[place] = slice;
    }
  }
  return { lanes, order, bind: (points) => bindFlows(spans, lanes, order, firstLane, points) };
}

/** The first lane in which the slice lies in what is open, or beside it; ends of a lane's open slices fall. */
function laneFor(open: number[][], start: number, end: Float64Array, slice: number): number {
  const own = end[slice] as number;
  for (let lane = 0; ; lane++) {
    const ends = (open[lane] ??= []);
    while (ends.length > 0 && (ends[ends.length - 1] as number) <= start) ends.pop();
    const around = ends[ends.length - 1];
    if (around !== undefined && own > around) {
      if (lane < mostLanes - 1) continue;
      end[slice] = around;
    }
    ends.push(end[slice] as number);
    return lane;
  }
}

function sortByTrack({ count, start, end, track }: Spans, tracks: number): { first: Uint32Array; order: Uint32Array } {
  const first = new Uint32Array(tracks + 1);
  for (let i = 0; i < count; i++) {
    const next = (track[i] as number) + 1;
    first[next] = (first[next] as number) + 1;
  }
  for (let i = 0; i < tracks; i++) first[i + 1] = (first[i + 1] as number) + (first[i] as number);
  const next = first.slice();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const place = next[track[i] as number] as number;
    next[track[i] as number] = place + 1;
    order[place] = i;
  }
  const compare = (a: number, b: number): number =>
    (start[a] as number) - (start[b] as number) || (end[b] as number) - (end[a] as number) || a - b;
  for (let i = 0; i < tracks; i++) {
    const part = order.subarray(first[i], first[i + 1]);
    if (part.some((slice, at) => at > 0 && compare(part[at - 1] as number, slice) > 0)) part.sort(compare);
  }
  return { first, order };
}

function bindFlows(
  spans: Spans,
  lanes: readonly LaneOfTrack[],
  order: Uint32Array,
  firstLane: readonly number[],
  points: Parameters<Layout["bind"]>[0],
): Map<number, number[]> {
  const flows = new Map<number, number[]>();
  for (const { track, at, id, binding } of points) {
    const slice = sliceAt(spans, lanes, order, firstLane[track] ?? lanes.length, track, at, binding === "next");
    if (slice < 0) continue;
    const known = flows.get(slice);
    if (known === undefined) flows.set(slice, [id]);
    else known.push(id);
  }
  return flows;
}

/** Levels that are looked through for the slice around a time. */
const deepestLook = 64;

function sliceAt(
  { start, end }: Spans,
  lanes: readonly LaneOfTrack[],
  order: Uint32Array,
  lane: number,
  track: number,
  at: number,
  next: boolean,
): number {
  for (let i = lane; i < lanes.length && lanes[i]?.track === track; i++) {
    const { first, end: last } = lanes[i] as LaneOfTrack;
    let [low, high] = [first, last];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const begun = start[order[middle] as number] as number;
      if (next ? begun < at : begun <= at) low = middle + 1;
      else high = middle;
    }
    if (next) {
      if (low < last) return order[low] as number;
      continue;
    }
    for (let back = low - 1; back >= first && back >= low - deepestLook; back--) {
      if ((end[order[back] as number] as number) >= at) return order[back] as number;
    }
  }
  return -1;
}
