import { type Trace, firstEndingAfter } from "../trace";
import type { JoinLane, ProcessorLane } from "./lanes";
import { sweep } from "./sweep";

/** A stretch in which no op runs, and who begins one at its end; neither at the end of the trace. */
export interface Standstill {
  begin: number;
  end: number;
  primaryGoesOn: boolean;
  npuGoesOn: boolean;
}

/** Calls back for each standstill that touches the range, in order; it is whole, and the same object each time. */
export function eachStandstill(
  trace: Trace,
  lanes: readonly ProcessorLane[],
  isOp: Uint8Array,
  from: number,
  to: number,
  visit: (standstill: Standstill) => void,
): void {
  const [wide, end] = standstillAround(trace, lanes, isOp, from, to);
  const npu = lanes.reduce((bits, { kind }, lane) => (kind === "npu" ? bits | (1 << lane) : bits), 0);
  const found: Standstill = { begin: 0, end: 0, primaryGoesOn: false, npuGoesOn: false };
  let isOpen = false;
  const close = (bits: number): void => {
    if (!isOpen) return;
    isOpen = false;
    found.primaryGoesOn = (bits & ~npu) !== 0;
    found.npuGoesOn = (bits & npu) !== 0;
    visit(found);
  };
  sweep(
    trace.slices,
    lanes,
    wide,
    // What begins right at the end of the range is looked at, too.
    end + 1,
    (begin, until, bits) => {
      if (bits !== 0) close(bits);
      else {
        isOpen = true;
        found.begin = begin;
        found.end = Math.min(until, end);
      }
    },
    isOp,
  );
  close(0);
}

/** The range, wider where it begins or ends in a standstill: from the op before to the op after. */
function standstillAround(
  trace: Trace,
  lanes: readonly ProcessorLane[],
  isOp: Uint8Array,
  from: number,
  to: number,
): readonly [number, number] {
  const { start, duration, name } = trace.slices;
  let before = 0;
  let after = Math.max(to, trace.durationNs);
  for (const { row } of lanes) {
    let slice = firstEndingAfter(trace.slices, row, from);
    let ended = slice - 1;
    while (ended >= row.first && isOp[name[ended] as number] === 0) ended--;
    if (ended >= row.first) before = Math.max(before, (start[ended] as number) + (duration[ended] as number));
    while (slice < row.end && isOp[name[slice] as number] === 0) slice++;
    if (slice < row.end && (start[slice] as number) <= from) before = from;
    slice = firstEndingAfter(trace.slices, row, to);
    while (slice < row.end && isOp[name[slice] as number] === 0) slice++;
    if (slice < row.end) after = Math.min(after, Math.max(to, start[slice] as number));
  }
  return [Math.min(from, before), after];
}

export interface EndedJoin {
  readonly slice: number;
  readonly end: number;
  readonly waits: JoinLane["waits"];
}

/** Finds the joins that standstills ended with; standstills must come in order. */
export class JoinEnds {
  private readonly at: number[];

  constructor(
    private readonly trace: Trace,
    private readonly lanes: readonly JoinLane[],
  ) {
    this.at = lanes.map(({ row }) => row.first);
  }

  /** Of the joins of whoever goes on that end in the standstill the last one: what held it up. */
  within({ begin, end, primaryGoesOn, npuGoesOn }: Standstill): EndedJoin | undefined {
    let last: EndedJoin | undefined;
    for (let lane = 0; lane < this.lanes.length; lane++) {
      const { row, waits } = this.lanes[lane] as JoinLane;
      let at = this.at[lane] as number;
      while (at < row.end && this.endOf(at) <= end) at++;
      this.at[lane] = at;
      // A join that lets the other one go on did not hold this one up.
      if ((primaryGoesOn || npuGoesOn) && !(waits === "npu" ? npuGoesOn : primaryGoesOn)) continue;
      if (at === row.first) continue;
      const ended = this.endOf(at - 1);
      if (ended > begin && (last === undefined || ended > last.end)) last = { slice: at - 1, end: ended, waits };
    }
    return last;
  }

  private endOf(slice: number): number {
    return (this.trace.slices.start[slice] as number) + (this.trace.slices.duration[slice] as number);
  }
}
