import { readColumns } from "../analysis/annotationColumns";
import { BandCursor, PassCursor } from "../analysis/bandCursor";
import { opMarks, processorLanes } from "../analysis/lanes";
import { type Trace, endOf, startOf } from "../trace";
import { processorKinds } from "../tracks";
import { strategies } from "../work";

/** Times that ops ran, parts on several processors as one: columns in the order of their beginnings. */
export interface Instances {
  readonly count: number;
  /** Name number of the trace. */
  readonly name: Uint32Array;
  /** Index into `passes`. */
  readonly pass: Uint8Array;
  /** Tokens of the step (M of the shape); 0 where the trace does not say. */
  readonly tokens: Uint32Array;
  /** From the first part's begin to the last one's end, in ns. */
  readonly wall: Float64Array;
  /** Index into `strategies`. */
  readonly strategy: Uint8Array;
  /** Per mille of the op on the NPU. */
  readonly npuShare: Uint16Array;
  /** Processors as bits, in the order of `processorKinds`. */
  readonly processors: Uint8Array;
  /** The first part. */
  readonly slice: Uint32Array;
}

/**
 * Puts the parts of an op together: those of one name in one layer band; without bands, those that overlap.
 * O(slices).
 */
export function opInstances(trace: Trace): Instances {
  const lanes = processorLanes(trace);
  const isOp = opMarks(trace);
  const columns = readColumns(
    trace,
    lanes.map(({ row }) => row),
    ["share"],
    ["shape", "strategy"],
  );
  const tokensOf = columns.strings.map((text) => Number(/^\[(\d{1,9}),/.exec(text)?.[1] ?? 0));
  const strategyOf = columns.strings.map((text) =>
    Math.max(0, strategies.indexOf(text as (typeof strategies)[number])),
  );
  const most = lanes.reduce((sum, { row }) => sum + row.end - row.first, 0);
  const found = {
    count: 0,
    name: new Uint32Array(most),
    pass: new Uint8Array(most),
    tokens: new Uint32Array(most),
    wall: new Float64Array(most),
    strategy: new Uint8Array(most),
    npuShare: new Uint16Array(most),
    processors: new Uint8Array(most),
    slice: new Uint32Array(most),
  };
  const band = new BandCursor(trace, "Layer");
  const pass = new PassCursor(trace);
  // Of each name: its instance so far, where that ends, and the band it lies in.
  const current = new Int32Array(trace.names.length).fill(-1);
  const until = new Float64Array(trace.names.length);
  const within = new Int32Array(trace.names.length).fill(-2);
  const npu = processorKinds.indexOf("npu");
  const next = lanes.map(({ row }) => row.first);
  for (;;) {
    let lane = -1;
    let start = Infinity;
    for (let i = 0; i < lanes.length; i++) {
      const at = next[i] as number;
      if (at < (lanes[i]?.row.end ?? 0) && (trace.slices.start[at] as number) < start) {
        lane = i;
        start = trace.slices.start[at] as number;
      }
    }
    if (lane < 0) return found;
    const slice = next[lane] as number;
    next[lane] = slice + 1;
    const name = trace.slices.name[slice] as number;
    if (isOp[name] === 0) continue;
    const own = band.endingAfter(start);
    let instance = current[name] as number;
    const isSame = own >= 0 ? within[name] === own : start < (until[name] as number);
    if (instance < 0 || !isSame) {
      instance = found.count++;
      current[name] = instance;
      within[name] = own;
      until[name] = start;
      found.name[instance] = name;
      found.pass[instance] = pass.at(start);
      found.slice[instance] = slice;
    }
    until[name] = Math.max(until[name] as number, endOf(trace, slice));
    found.wall[instance] = until[name] - startOf(trace, found.slice[instance] as number);
    const at = slice - columns.base;
    const tokens = tokensOf[columns.texts.shape[at] as number] ?? 0;
    if (tokens > (found.tokens[instance] as number)) found.tokens[instance] = tokens;
    const strategy = strategyOf[columns.texts.strategy[at] as number] ?? 0;
    if (strategy > (found.strategy[instance] as number)) found.strategy[instance] = strategy;
    const kind = processorKinds.indexOf(lanes[lane]?.kind ?? "cpu");
    found.processors[instance] = (found.processors[instance] as number) | (1 << kind);
    if (kind === npu) {
      const share = columns.numbers.share[at] as number;
      const sum = (found.npuShare[instance] as number) + (Number.isNaN(share) ? 1000 : share);
      found.npuShare[instance] = Math.min(1000, sum);
    }
  }
}
