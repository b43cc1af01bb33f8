import type { TraceFooter, TraceHeader } from "./metadata";
import type { Epoch } from "./sequence";

/** What a track shows. `band`: phases, tokens, layers. `other`: slices of a trace that is not ours. */
export type TrackKind = "band" | "gpu" | "npu" | "cpu" | "joins" | "counter" | "other" | "none";

export interface Track {
  readonly index: number;
  readonly name: string;
  readonly kind: TrackKind;
  /** Rows of this track, by depth. */
  readonly rows: readonly number[];
  /** Unit of a counter's values; empty where unknown. */
  readonly unit: string;
}

/** Slices of one depth of one track: `first` up to but not including `end`, sorted by start, not overlapping. */
export interface Row {
  readonly track: number;
  readonly depth: number;
  readonly first: number;
  readonly end: number;
}

/** One entry per slice, row by row. Times are ns since the trace began; f64 is exact for 104 days. */
export interface Slices {
  readonly count: number;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  /** Index into `Trace.names`. */
  readonly name: Uint32Array;
  /** Byte offset of the BEGIN packet: annotations are read from there when they are asked for. */
  readonly packet: Uint32Array;
}

/** What a slice's name says, worked out once per name. */
export interface SliceName {
  readonly text: string;
  /** −1 outside layers. */
  readonly layer: number;
  /** `ffn_down` of `blk.7.ffn_down`. */
  readonly op: string;
  /** `matmul`, `norm` …; empty where the trace does not say. */
  readonly kind: string;
}

export interface Counter {
  readonly track: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** A slice of a flow: slices with the same id follow each other in time. */
export interface FlowPoint {
  readonly id: number;
  readonly slice: number;
}

/** What a reader should know before it trusts the sums. */
export interface Damage {
  /** Byte at which the file ends in the middle of a packet. */
  readonly cutAt?: number;
  /** Packets that could not be read and were left out. */
  readonly garbledPackets: number;
  /** Slices that never ended; they are drawn to the end of the trace. */
  readonly unfinished: number;
  /** Ends without a beginning; they are left out. */
  readonly unmatchedEnds: number;
}

/** A decoded trace: columns and tables, no object per slice. */
export interface Trace {
  readonly bytes: Uint8Array;
  readonly durationNs: number;
  /** Boot time of the device at time 0. */
  readonly originNs: number;
  readonly slices: Slices;
  readonly rows: readonly Row[];
  readonly tracks: readonly Track[];
  readonly names: readonly SliceName[];
  readonly counters: readonly Counter[];
  readonly flows: readonly FlowPoint[];
  readonly header: TraceHeader | undefined;
  readonly footer: TraceFooter | undefined;
  readonly damage: Damage;
  /** Interned tables by packet sequence, in file order. */
  readonly epochs: ReadonlyMap<number, readonly Epoch[]>;
}

/** First slice of the row that ends after `time`, or `row.end`. */
export function firstEndingAfter(slices: Slices, row: Row, time: number): number {
  let low = row.first;
  let high = row.end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slices.start[middle] as number) + (slices.duration[middle] as number) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The row that holds a slice. */
export function rowOf(trace: Trace, slice: number): number {
  return trace.rows.findIndex((row) => row.first <= slice && slice < row.end);
}

export function trackOf(trace: Trace, slice: number): Track | undefined {
  const row = trace.rows[rowOf(trace, slice)];
  return row === undefined ? undefined : trace.tracks[row.track];
}

export function startOf(trace: Trace, slice: number): number {
  return trace.slices.start[slice] ?? 0;
}

export function endOf(trace: Trace, slice: number): number {
  return (trace.slices.start[slice] ?? 0) + (trace.slices.duration[slice] ?? 0);
}

const unnamed: SliceName = { text: "", layer: -1, op: "", kind: "" };

export function nameOf(trace: Trace, slice: number): SliceName {
  return trace.names[trace.slices.name[slice] ?? 0] ?? unnamed;
}
