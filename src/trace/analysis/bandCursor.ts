import { bandRow, type BandName } from "../bands";
import { type Row, type Slices, type Trace, firstEndingAfter } from "../trace";

/** Finds the band that runs at a time. Fast where times come in order, right where they do not. */
export class BandCursor {
  private readonly row: Row | undefined;
  private readonly slices: Slices;
  private at: number;

  constructor(trace: Trace, band: BandName) {
    this.slices = trace.slices;
    this.row = bandRow(trace, band);
    this.at = this.row?.first ?? 0;
  }

  /** Slice of the band that holds `time`, or −1. */
  holding(time: number): number {
    const next = this.endingAfter(time);
    return next >= 0 && (this.slices.start[next] as number) <= time ? next : -1;
  }

  /** Slice of the first band that ends after `time`, or −1. */
  endingAfter(time: number): number {
    const { row, slices } = this;
    if (row === undefined) return -1;
    if (!this.isFirstAfter(row, this.at, time)) {
      this.at = this.isFirstAfter(row, this.at + 1, time) ? this.at + 1 : firstEndingAfter(slices, row, time);
    }
    return this.at < row.end ? this.at : -1;
  }

  private isFirstAfter(row: Row, at: number, time: number): boolean {
    if (at > row.first && this.endOf(at - 1) > time) return false;
    return at >= row.end ? at === row.end : this.endOf(at) > time;
  }

  private endOf(slice: number): number {
    return (this.slices.start[slice] as number) + (this.slices.duration[slice] as number);
  }
}

/** What part of a run a time belongs to. */
export const passes = ["other", "prefill", "decode"] as const;
export type PassName = (typeof passes)[number];

/** Tells the pass of a time as an index into `passes`. */
export class PassCursor {
  private readonly cursor: BandCursor;
  private readonly passOfName: Uint8Array;

  constructor(private readonly trace: Trace) {
    this.cursor = new BandCursor(trace, "Phase");
    this.passOfName = Uint8Array.from(trace.names, ({ text }) => Math.max(0, passes.indexOf(text as PassName)));
  }

  at(time: number): number {
    const phase = this.cursor.holding(time);
    return phase < 0 ? 0 : (this.passOfName[this.trace.slices.name[phase] as number] as number);
  }
}
