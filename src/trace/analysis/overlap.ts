import { WallClock } from "../states";
import type { Trace } from "../trace";
import { type ProcessorKind, processorKinds } from "../tracks";
import { opMarks, processorLanes } from "./lanes";
import { sweep } from "./sweep";

/** How much processors compute at once. Times in ns. */
export interface Overlap {
  /** Time in which at least one processor computes. */
  readonly anyNs: number;
  /** Time in which at least two do: `both` of the wall time. */
  readonly togetherNs: number;
  /** `togetherNs` of `anyNs`, 0 to 100; 0 where nothing computes. */
  readonly percent: number;
  readonly busyNs: Readonly<Record<ProcessorKind, number>>;
}

/** Time both processors compute over time any computes, between two times. Submitting is no computing. */
export function overlap(trace: Trace, from = 0, to = trace.durationNs): Overlap {
  const { gpu, both, npu, cpu } = new WallClock(trace).between(from, to);
  const anyNs = gpu + both + npu + cpu;
  const busyNs = { gpu: 0, npu: 0, cpu: 0 };
  const isOp = opMarks(trace);
  for (const kind of processorKinds) {
    const lanes = processorLanes(trace).filter((lane) => lane.kind === kind);
    const add = (begin: number, until: number, bits: number): void => {
      if (bits !== 0) busyNs[kind] += until - begin;
    };
    if (lanes.length > 0) sweep(trace.slices, lanes, from, to, add, isOp);
  }
  return { anyNs, togetherNs: both, percent: anyNs === 0 ? 0 : (100 * both) / anyNs, busyNs };
}
