import type { Trace } from "../trace";
import { type ProcessorKind, processorKinds } from "../tracks";
import { opMarks, processorLanes } from "./lanes";
import { sweep } from "./sweep";

/** How much processors compute at once. Times in ns. */
export interface Overlap {
  /** Time in which at least one processor computes. */
  readonly anyNs: number;
  /** Time in which at least two do. */
  readonly togetherNs: number;
  /** `togetherNs` of `anyNs`, 0 to 100; 0 where nothing computes. */
  readonly percent: number;
  readonly busyNs: Readonly<Record<ProcessorKind, number>>;
}

/** Time both processors compute over time any computes, between two times. Submitting is no computing. */
export function overlap(trace: Trace, from = 0, to = trace.durationNs): Overlap {
  const lanes = processorLanes(trace);
  const bitOf = lanes.map(({ kind }) => 1 << processorKinds.indexOf(kind));
  const busyNs = { gpu: 0, npu: 0, cpu: 0 };
  let anyNs = 0;
  let togetherNs = 0;
  sweep(
    trace.slices,
    lanes,
    from,
    to,
    (start, end, bits) => {
      if (bits === 0) return;
      const took = end - start;
      let kinds = 0;
      for (let lane = 0; lane < bitOf.length; lane++) if ((bits & (1 << lane)) !== 0) kinds |= bitOf[lane] as number;
      anyNs += took;
      // More than one bit is set.
      if ((kinds & (kinds - 1)) !== 0) togetherNs += took;
      for (let kind = 0; kind < processorKinds.length; kind++) {
        if ((kinds & (1 << kind)) !== 0) busyNs[processorKinds[kind] as ProcessorKind] += took;
      }
    },
    opMarks(trace),
  );
  return { anyNs, togetherNs, percent: anyNs === 0 ? 0 : (100 * togetherNs) / anyNs, busyNs };
}
