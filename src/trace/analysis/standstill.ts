import { type Trace, firstEndingAfter } from "../trace";
import type { JoinLane, ProcessorLane } from "./lanes";
import { sweep } from "./sweep";

/** Calls back for each stretch in which no op runs and that touches the range; the stretches are whole. */
export function eachStandstill(
  trace: Trace,
  lanes: readonly ProcessorLane[],
  isOp: Uint8Array,
  from: number,
  to: number,
  visit: (begin: number, end: number) => void,
): void {
  const [wide, end] = standstillAround(trace, lanes, isOp, from, to);
  sweep(
    trace.slices,
    lanes,
    wide,
    end,
    (begin, until, bits) => {
      if (bits === 0) visit(begin, until);
    },
    isOp,
  );
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

/** Who begins an op at a time: a join that lets the other one go on did not hold these up. */
export function startingAt(
  trace: Trace,
  lanes: readonly ProcessorLane[],
  isOp: Uint8Array,
  time: number,
): ReadonlySet<JoinLane["waits"]> {
  const { start, name } = trace.slices;
  const found = new Set<JoinLane["waits"]>();
  for (const { row, kind } of lanes) {
    let slice = firstEndingAfter(trace.slices, row, time);
    while (slice < row.end && isOp[name[slice] as number] === 0) slice++;
    if (slice < row.end && (start[slice] as number) <= time) found.add(kind === "npu" ? "npu" : "primary");
  }
  return found;
}

export interface EndedJoin {
  readonly slice: number;
  readonly end: number;
  readonly waits: JoinLane["waits"];
}

/** Of the joins that end in (begin, end] the last one: what an op that begins then had waited for. */
export function endingWithin(
  trace: Trace,
  lanes: readonly JoinLane[],
  begin: number,
  end: number,
): EndedJoin | undefined {
  let last: EndedJoin | undefined;
  for (const { row, waits } of lanes) {
    const slice = firstEndingAfter(trace.slices, row, end) - 1;
    if (slice < row.first) continue;
    const ended = (trace.slices.start[slice] as number) + (trace.slices.duration[slice] as number);
    if (ended > begin && (last === undefined || ended > last.end)) last = { slice, end: ended, waits };
  }
  return last;
}
