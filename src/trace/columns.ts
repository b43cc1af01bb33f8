import type { Row, Slices } from "./trace";

/** Slices of one depth of one track in the order in which they began, growing as they come. */
export class RowBuilder {
  count = 0;
  /** Whether every slice began after the one before it, as in a sequence; a track that several write may not be. */
  isSorted = true;
  start = new Float64Array(256);
  /** −1 until a slice has ended. */
  duration = new Float64Array(256);
  name = new Uint32Array(256);
  packet = new Uint32Array(256);
  private last = -Infinity;

  constructor(
    readonly track: number,
    readonly depth: number,
  ) {}

  /** Returns its place in the row. */
  add(start: number, name: number, packet: number): number {
    if (this.count === this.start.length) this.grow();
    const index = this.count++;
    if (start < this.last) this.isSorted = false;
    this.last = start;
    this.start[index] = start;
    this.duration[index] = -1;
    this.name[index] = name;
    this.packet[index] = packet;
    return index;
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
  }
}

/** The rows of a trace while it is read. */
export class SliceBuilder {
  readonly rows: RowBuilder[] = [];
  private readonly byTrack: RowBuilder[][] = [];

  row(track: number, depth: number): RowBuilder {
    const ofTrack = (this.byTrack[track] ??= []);
    let row = ofTrack[depth];
    if (row === undefined) {
      row = new RowBuilder(track, depth);
      ofTrack[depth] = row;
      this.rows.push(row);
    }
    return row;
  }
}

export interface JoinedRows {
  readonly slices: Slices;
  readonly rows: Row[];
  /** The slice at a place of a row as it was built. */
  readonly indexOf: (row: RowBuilder, place: number) => number;
}

/** Puts rows one after another, by track and depth, slices of a row by start. `shift` is taken from all starts. */
export function joinRows(builder: SliceBuilder, shift: number): JoinedRows {
  const order = builder.rows.toSorted((a, b) => a.track - b.track || a.depth - b.depth);
  const count = order.reduce((sum, row) => sum + row.count, 0);
  const slices = {
    count,
    start: new Float64Array(count),
    duration: new Float64Array(count),
    name: new Uint32Array(count),
    packet: new Uint32Array(count),
  };
  const firsts = new Map<RowBuilder, { readonly first: number; readonly moved: Uint32Array | undefined }>();
  const rows: Row[] = [];
  let first = 0;
  for (const row of order) {
    const end = first + row.count;
    rows.push({ track: row.track, depth: row.depth, first, end });
    for (const column of ["start", "duration", "name", "packet"] as const) {
      slices[column].set(row[column].subarray(0, row.count), first);
    }
    firsts.set(row, { first, moved: row.isSorted ? undefined : sortRow(slices, first, end) });
    first = end;
  }
  if (shift !== 0) for (let i = 0; i < count; i++) slices.start[i] = (slices.start[i] as number) - shift;
  return {
    slices,
    rows,
    indexOf(row, place) {
      const { first: from, moved } = firsts.get(row) ?? { first: 0, moved: undefined };
      return from + (moved?.[place] ?? place);
    },
  };
}

/** Sorts the slices of a row by start; returns where each went, counted from the row's first. */
function sortRow(slices: Slices, first: number, end: number): Uint32Array {
  const order = Uint32Array.from({ length: end - first }, (_, i) => i);
  const starts = slices.start.slice(first, end);
  order.sort((a, b) => (starts[a] as number) - (starts[b] as number) || a - b);
  for (const column of [slices.start, slices.duration, slices.name, slices.packet]) {
    const copy = column.slice(first, end);
    order.forEach((from, to) => (column[first + to] = copy[from] as number));
  }
  const moved = new Uint32Array(order.length);
  order.forEach((from, to) => (moved[from] = to));
  return moved;
}
