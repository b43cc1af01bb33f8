import type { Row, Slices } from "./trace";

/** Slices in the order in which they began, growing as they come. */
export class SliceBuilder {
  count = 0;
  start = new Float64Array(1 << 14);
  duration = new Float64Array(1 << 14);
  name = new Uint32Array(1 << 14);
  packet = new Uint32Array(1 << 14);
  /** Row of each slice, as numbered by `rowKeys`. */
  row = new Uint32Array(1 << 14);

  /** Row number to track and depth. */
  readonly rowKeys: { readonly track: number; readonly depth: number }[] = [];
  private readonly rowNumbers: number[][] = [];

  add(track: number, depth: number, start: number, name: number, packet: number): number {
    if (this.count === this.start.length) this.grow();
    const index = this.count++;
    this.start[index] = start;
    this.duration[index] = -1;
    this.name[index] = name;
    this.packet[index] = packet;
    this.row[index] = this.rowNumber(track, depth);
    return index;
  }

  private rowNumber(track: number, depth: number): number {
    const ofTrack = (this.rowNumbers[track] ??= []);
    const known = ofTrack[depth];
    if (known !== undefined) return known;
    const number = this.rowKeys.length;
    this.rowKeys.push({ track, depth });
    ofTrack[depth] = number;
    return number;
  }

  private grow(): void {
    const size = this.start.length * 2;
    const larger = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.start = larger(new Float64Array(size), this.start);
    this.duration = larger(new Float64Array(size), this.duration);
    this.name = larger(new Uint32Array(size), this.name);
    this.packet = larger(new Uint32Array(size), this.packet);
    this.row = larger(new Uint32Array(size), this.row);
  }
}

export interface SortedSlices {
  readonly slices: Slices;
  readonly rows: Row[];
  /** Old index to new. */
  readonly moved: Uint32Array;
}

/** Puts slices row by row, rows by track and depth, slices of a row by start. */
export function sortByRow(builder: SliceBuilder): SortedSlices {
  const { count, rowKeys } = builder;
  const sizes = new Uint32Array(rowKeys.length);
  for (let i = 0; i < count; i++) {
    const row = builder.row[i] as number;
    sizes[row] = (sizes[row] as number) + 1;
  }
  const order = rowKeys.map((_, row) => row).sort((a, b) => compareRows(rowKeys[a], rowKeys[b]));
  const rows: Row[] = [];
  const next = new Uint32Array(rowKeys.length);
  let first = 0;
  for (const row of order) {
    const end = first + (sizes[row] as number);
    rows.push({ track: rowKeys[row]?.track ?? 0, depth: rowKeys[row]?.depth ?? 0, first, end });
    next[row] = first;
    first = end;
  }
  const slices = {
    count,
    start: new Float64Array(count),
    duration: new Float64Array(count),
    name: new Uint32Array(count),
    packet: new Uint32Array(count),
  };
  const moved = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const row = builder.row[i] as number;
    const to = next[row] as number;
    next[row] = to + 1;
    moved[i] = to;
    slices.start[to] = builder.start[i] as number;
    slices.duration[to] = builder.duration[i] as number;
    slices.name[to] = builder.name[i] as number;
    slices.packet[to] = builder.packet[i] as number;
  }
  sortUnordered(slices, rows, moved);
  return { slices, rows, moved };
}

function compareRows(
  a: { readonly track: number; readonly depth: number } | undefined,
  b: { readonly track: number; readonly depth: number } | undefined,
): number {
  return (a?.track ?? 0) - (b?.track ?? 0) || (a?.depth ?? 0) - (b?.depth ?? 0);
}

/** A sequence is in time order, so its rows are; a track that several sequences write may not be. */
function sortUnordered(slices: Slices, rows: readonly Row[], moved: Uint32Array): void {
  const place = new Uint32Array(slices.count);
  for (let i = 0; i < place.length; i++) place[i] = i;
  let changed = false;
  for (const { first, end } of rows) {
    if (isSorted(slices.start, first, end)) continue;
    changed = true;
    const order = Array.from({ length: end - first }, (_, i) => first + i);
    order.sort((a, b) => (slices.start[a] ?? 0) - (slices.start[b] ?? 0));
    for (const column of [slices.start, slices.duration, slices.name, slices.packet]) {
      const copy = column.slice(first, end);
      order.forEach((from, to) => (column[first + to] = copy[from - first] ?? 0));
    }
    order.forEach((from, to) => (place[from] = first + to));
  }
  if (changed) for (let i = 0; i < moved.length; i++) moved[i] = place[moved[i] as number] as number;
}

function isSorted(start: Float64Array, first: number, end: number): boolean {
  for (let i = first + 1; i < end; i++) if ((start[i] as number) < (start[i - 1] as number)) return false;
  return true;
}
