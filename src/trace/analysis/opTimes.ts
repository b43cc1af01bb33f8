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
   * By the op's name, of steps of `first` to `last` tokens. Ops that compute one row of a step, behind which nothing
   * needs the others, count with the steps of one token that they look like.
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
    const all = [...found].sort((a, b) => a - b);
    return all.length > 1 ? all.filter((tokens) => tokens > 1) : all;
  }

  private collect(pass: number, first: number, last: number): ReadonlyMap<string, OpTime> {
    const { trace, instances } = this;
    const inRange = new Sums(trace.names.length);
    const ofOne = new Sums(trace.names.length);
    for (let i = 0; i < instances.count; i++) {
      if (instances.pass[i] !== pass) continue;
      const tokens = instances.tokens[i] as number;
      const sums = tokens >= first && tokens <= last ? inRange : tokens <= 1 ? ofOne : undefined;
      sums?.add(instances.name[i] as number, instances.wall[i] as number, instances.slice[i] as number);
    }
    const times = new Map<string, OpTime>();
    for (const name of trace.names.keys()) {
      const time = inRange.of(name) ?? ofOne.of(name);
      if (time !== undefined) times.set(nameOf(trace, time.slice).text, time);
    }
    return times;
  }
}

class Sums {
  private readonly ns: Float64Array;
  private readonly steps: Uint32Array;
  private readonly slices: Uint32Array;

  constructor(size: number) {
    this.ns = new Float64Array(size);
    this.steps = new Uint32Array(size);
    this.slices = new Uint32Array(size);
  }

  add(name: number, ns: number, slice: number): void {
    if (this.steps[name] === 0) this.slices[name] = slice;
    this.ns[name] = (this.ns[name] as number) + ns;
    this.steps[name] = (this.steps[name] as number) + 1;
  }

  of(name: number): OpTime | undefined {
    const steps = this.steps[name] as number;
    return steps === 0
      ? undefined
      : { meanNs: (this.ns[name] as number) / steps, steps, slice: this.slices[name] as number };
  }
}
