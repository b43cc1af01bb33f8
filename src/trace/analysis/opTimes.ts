import { type Instances, opInstances } from "../compare/instances";
import { type Trace, nameOf } from "../trace";
import { type PassName, passes } from "./bandCursor";

/** What one op took in the steps of one pass, both of its halves together, from the first one's begin to the last one's end. */
export interface OpTime {
  /** Mean over the steps, in ns. */
  readonly meanNs: number;
  readonly steps: number;
  /** The first part that ran. */
  readonly slice: number;
}

/** Times of ops by name and length of the step. Reads every op's slice once, O(slices). */
export class OpTimes {
  private readonly instances: Instances;
  private readonly known = new Map<string, ReadonlyMap<string, OpTime>>();

  constructor(private readonly trace: Trace) {
    this.instances = opInstances(trace);
  }

  /**
   * By the op's name, of steps of `first` to `last` tokens. Ops outside layers compute one row of the prompt only, so
   * that all steps of the pass count for them.
   */
  of(pass: PassName, first: number, last: number): ReadonlyMap<string, OpTime> {
    const key = `${pass} ${first} ${last}`;
    let times = this.known.get(key);
    if (times === undefined) this.known.set(key, (times = this.collect(passes.indexOf(pass), first, last)));
    return times;
  }

  /** Steps of which lengths this pass had, ascending. */
  lengths(pass: PassName): number[] {
    const { trace, instances } = this;
    const found = new Set<number>();
    const wanted = passes.indexOf(pass);
    for (let i = 0; i < instances.count; i++) {
      const tokens = instances.tokens[i] as number;
      if (instances.pass[i] === wanted && tokens > 0 && (trace.names[instances.name[i] as number]?.layer ?? -1) >= 0)
        found.add(tokens);
    }
    return [...found].sort((a, b) => a - b);
  }

  private collect(pass: number, first: number, last: number): ReadonlyMap<string, OpTime> {
    const { trace, instances } = this;
    const sums = new Float64Array(trace.names.length);
    const steps = new Uint32Array(trace.names.length);
    const slices = new Uint32Array(trace.names.length);
    for (let i = 0; i < instances.count; i++) {
      if (instances.pass[i] !== pass) continue;
      const name = instances.name[i] as number;
      const tokens = instances.tokens[i] as number;
      const inLayer = (trace.names[name]?.layer ?? -1) >= 0;
      if (inLayer && (tokens < first || tokens > last)) continue;
      if (steps[name] === 0) slices[name] = instances.slice[i] as number;
      sums[name] = (sums[name] as number) + (instances.wall[i] as number);
      steps[name] = (steps[name] as number) + 1;
    }
    const times = new Map<string, OpTime>();
    steps.forEach((count, name) => {
      if (count === 0) return;
      const slice = slices[name] as number;
      times.set(nameOf(trace, slice).text, { meanNs: (sums[name] as number) / count, steps: count, slice });
    });
    return times;
  }
}
