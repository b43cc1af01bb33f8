import { type Trace, type TrackKind, endOf, firstEndingAfter, nameOf, rowOf, startOf } from "./trace";
import { isProcessor } from "./tracks";

/** The slice before or after on the same row; undefined at the ends. */
export function neighbour(trace: Trace, slice: number, step: 1 | -1): number | undefined {
  const row = trace.rows[rowOf(trace, slice)];
  const next = slice + step;
  return row !== undefined && row.first <= next && next < row.end ? next : undefined;
}

/** The slice on another row nearest to the middle of this one. `rows`: the rows shown, from top to bottom. */
export function onOtherRow(trace: Trace, slice: number, rows: readonly number[], step: 1 | -1): number | undefined {
  const at = rows.indexOf(rowOf(trace, slice));
  const middle = (startOf(trace, slice) + endOf(trace, slice)) / 2;
  for (let i = at + step; 0 <= i && i < rows.length; i += step) {
    const found = nearest(trace, rows[i] ?? -1, middle);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The slice of a row that covers a time, else the one closest to it. */
export function nearest(trace: Trace, rowIndex: number, time: number): number | undefined {
  const row = trace.rows[rowIndex];
  if (row === undefined || row.first === row.end) return undefined;
  const after = Math.min(row.end - 1, firstEndingAfter(trace.slices, row, time));
  const before = Math.max(row.first, after - 1);
  return startOf(trace, after) - time <= Math.max(0, time - endOf(trace, before)) ? after : before;
}

/** The slice of a row that covers a time. */
export function covering(trace: Trace, rowIndex: number, time: number): number | undefined {
  const row = trace.rows[rowIndex];
  if (row === undefined) return undefined;
  const slice = firstEndingAfter(trace.slices, row, time);
  return slice < row.end && startOf(trace, slice) <= time ? slice : undefined;
}

/** The other half of a split op: the same name on another processor, overlapping in time. */
export function otherHalf(trace: Trace, slice: number): number | undefined {
  const own = trace.rows[rowOf(trace, slice)];
  const name = trace.slices.name[slice];
  if (own === undefined || !isProcessor(trace.tracks[own.track]?.kind ?? "none")) return undefined;
  const text = nameOf(trace, slice).text;
  for (const row of trace.rows) {
    if (row.track === own.track || row.depth > 0 || !isProcessor(trace.tracks[row.track]?.kind ?? "none")) continue;
    const from = startOf(trace, slice);
    for (
      let i = firstEndingAfter(trace.slices, row, from);
      i < row.end && startOf(trace, i) < endOf(trace, slice);
      i++
    ) {
      if (trace.slices.name[i] === name || nameOf(trace, i).text === text) return i;
    }
  }
  return undefined;
}

/** The next join after a slice, or the one before it. */
export function followJoin(trace: Trace, slice: number, step: 1 | -1): number | undefined {
  const index = trace.rows.findIndex((row) => trace.tracks[row.track]?.kind === "joins");
  const row = trace.rows[index];
  if (row === undefined) return undefined;
  if (rowOf(trace, slice) === index) {
    // From a join on to what waited for it, or back to what it waited for.
    const time = step > 0 ? endOf(trace, slice) : startOf(trace, slice);
    let best: number | undefined;
    trace.rows.forEach((other, otherIndex) => {
      if (!isProcessor(trace.tracks[other.track]?.kind ?? "none") || trace.tracks[other.track]?.kind === "cpu") return;
      const found = nearest(trace, otherIndex, time);
      const distance = (candidate: number): number =>
        Math.abs((step > 0 ? startOf(trace, candidate) : endOf(trace, candidate)) - time);
      if (found !== undefined && (best === undefined || distance(found) < distance(best))) best = found;
    });
    return best;
  }
  const after = firstEndingAfter(trace.slices, row, step > 0 ? endOf(trace, slice) - 1 : startOf(trace, slice));
  const found = step > 0 ? after : after - 1;
  return row.first <= found && found < row.end ? found : undefined;
}

/** Between the end of what is waited for and the end of its join, in ns: more is another join. */
const nearJoin = 100_000;

/** The join that waited for an op, or for the later half of a split one: the first to end after it. */
export function joinBehind(trace: Trace, slice: number): number | undefined {
  if (!isProcessor(trackKind(trace, slice))) return undefined;
  const half = otherHalf(trace, slice);
  const end = Math.max(endOf(trace, slice), half === undefined ? 0 : endOf(trace, half));
  let best: number | undefined;
  for (const row of trace.rows) {
    if (trace.tracks[row.track]?.kind !== "joins") continue;
    // Clocks of processors differ by microseconds.
    const join = firstEndingAfter(trace.slices, row, end - 1000);
    if (join >= row.end || startOf(trace, join) > end + 10_000 || endOf(trace, join) > end + nearJoin) continue;
    if (best === undefined || endOf(trace, join) < endOf(trace, best)) best = join;
  }
  return best;
}

function trackKind(trace: Trace, slice: number): TrackKind {
  return trace.tracks[trace.rows[rowOf(trace, slice)]?.track ?? -1]?.kind ?? "none";
}
