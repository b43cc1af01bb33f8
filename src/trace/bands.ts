import { type Row, type Trace, endOf, nameOf, startOf } from "./trace";
import { findTrack } from "./tracks";

/** A phase, token or layer. */
export interface Band {
  readonly name: string;
  readonly slice: number;
  readonly start: number;
  readonly end: number;
}

export type BandName = "Phase" | "Token" | "Layer";

/** The row of a band track; undefined where the trace has none. */
export function bandRow(trace: Trace, band: BandName): Row | undefined {
  const index = findTrack(trace.tracks, "band", band)?.rows[0];
  return index === undefined ? undefined : trace.rows[index];
}

export function bandsOf(trace: Trace, band: BandName): Band[] {
  const row = bandRow(trace, band);
  if (row === undefined) return [];
  return Array.from({ length: row.end - row.first }, (_, i) => bandAt(trace, row.first + i));
}

export function bandAt(trace: Trace, slice: number): Band {
  return { name: nameOf(trace, slice).text, slice, start: startOf(trace, slice), end: endOf(trace, slice) };
}
