import type { Trace } from "../trace";
import { type JoinLane, joinLanes, opMarks, processorLanes } from "./lanes";
import { JoinEnds, eachStandstill } from "./standstill";

/** A stretch in which nothing computes because of a join. Times in ns. */
export interface SyncSpan {
  readonly join: number;
  readonly waits: JoinLane["waits"];
  /** From here to `joinEnd` the join is exposed, from there to `end` what it leaves to do: handing work over. */
  begin: number;
  joinEnd: number;
  end: number;
}

/** Calls back for each such stretch that touches the range, in order; it is whole, and may reach beyond the range. */
export function eachSyncSpan(trace: Trace, from: number, to: number, visit: (span: SyncSpan) => void): void {
  const { start } = trace.slices;
  const joinEnds = new JoinEnds(trace, joinLanes(trace));
  eachStandstill(trace, processorLanes(trace), opMarks(trace), from, to, (standstill) => {
    const join = joinEnds.within(standstill);
    if (join === undefined) return;
    visit({
      join: join.slice,
      waits: join.waits,
      begin: Math.max(standstill.begin, start[join.slice] as number),
      joinEnd: join.end,
      end: standstill.end,
    });
  });
}

/** All of a trace, as columns: `start` up to `end`, in order, never overlapping. */
export interface SyncSpans {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

const known = new WeakMap<Trace, SyncSpans>();

/** Worked out once per trace. */
export function syncSpans(trace: Trace): SyncSpans {
  let spans = known.get(trace);
  if (spans === undefined) {
    const start: number[] = [];
    const end: number[] = [];
    if (joinLanes(trace).length > 0) {
      eachSyncSpan(trace, 0, trace.durationNs, (span) => {
        start.push(span.begin);
        end.push(span.end);
      });
    }
    known.set(trace, (spans = { start: Float64Array.from(start), end: Float64Array.from(end) }));
  }
  return spans;
}
