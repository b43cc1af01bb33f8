import { type Trace, firstEndingAfter } from "../trace";
import { type FlowIndex, flowIndex } from "./flowIndex";
import { type Lane, controlRows, joinLanes, opMarks, processorLanes } from "./lanes";

/** What a step of the path is: an op computes, a join makes a processor wait, or the next op waits for nothing seen. */
export const pathParts = ["op", "join", "wait"] as const;
export type PathPart = (typeof pathParts)[number];

/** The chain of slices that the end of the range depended on, in time order; its steps cover the range without gaps. */
export interface CriticalPath {
  readonly count: number;
  /** Times in ns. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** Of a wait the slice that waited, −1 after the last one. */
  readonly slice: Int32Array;
  /** Index into `pathParts`. */
  readonly part: Uint8Array;
}

/**
 * Goes back from the last slice to what it waited for: through a join to the op whose end ended it, else to what
 * its flows name, the slice before it on its processor, or a join. Where an op has no flow, to whatever ended last before it.
 */
export function criticalPath(trace: Trace, from = 0, to = trace.durationNs): CriticalPath {
  const walk = new Walk(trace);
  const path = new PathBuilder();
  let slice = walk.begin(to);
  if (slice < 0) {
    if (to > from) path.add(from, to, -1, waits);
    return path.finish();
  }
  let until = Math.min(walk.end(slice), to);
  if (until < to) path.add(Math.max(from, until), to, -1, waits);
  while (until > from) {
    const start = walk.start(slice);
    const isJoin = walk.isJoin(slice);
    // An op that runs until a join ends is why the join took as long.
    const awaited = isJoin ? walk.awaited(slice, until) : -1;
    const before = awaited >= 0 ? awaited : walk.before(slice, Math.min(start, until));
    const reached = before < 0 ? from : Math.min(walk.end(before), until);
    const begun = awaited >= 0 ? reached : Math.min(start, until);
    if (begun < until) path.add(Math.max(from, begun), until, slice, isJoin ? joins : ops);
    const ready = Math.min(reached, begun);
    if (ready < begun && begun > from) path.add(Math.max(from, ready), begun, slice, waits);
    if (before < 0) break;
    until = ready;
    slice = before;
  }
  return path.finish();
}

const [ops, joins, waits] = [0, 1, 2];

/** Slices of all lanes, taken from the last to the first, each at most once. */
class Walk {
  private readonly lanes: readonly Lane[];
  /** Of each lane its row's bounds, and whether it is one of joins, of ops. */
  private readonly firsts: Uint32Array;
  private readonly ends: Uint32Array;
  private readonly areJoins: Uint8Array;
  private readonly areOps: Uint8Array;
  private readonly flows: FlowIndex;
  /** Of each lane the last slice that was not passed yet. */
  private readonly last: Int32Array;
  private readonly isOp: Uint8Array;
  private readonly inFlow: Uint8Array;

  constructor(private readonly trace: Trace) {
    // Joins first: of a join and an op that end at once, the join comes after the op.
    const control = controlRows(trace).map((row): Lane => ({ row, kind: "control" }));
    this.lanes = [...joinLanes(trace), ...processorLanes(trace), ...control];
    this.firsts = Uint32Array.from(this.lanes, ({ row }) => row.first);
    this.ends = Uint32Array.from(this.lanes, ({ row }) => row.end);
    this.areJoins = Uint8Array.from(this.lanes, ({ kind }) => (kind === "joins" ? 1 : 0));
    this.areOps = Uint8Array.from(this.lanes, ({ kind }) => (kind === "joins" || kind === "control" ? 0 : 1));
    this.flows = flowIndex(trace);
    this.last = new Int32Array(this.lanes.length);
    this.isOp = opMarks(trace);
    this.inFlow = new Uint8Array(trace.slices.count);
    for (const { slice } of trace.flows) this.inFlow[slice] = 1;
  }

  start(slice: number): number {
    return this.trace.slices.start[slice] as number;
  }

  end(slice: number): number {
    return this.start(slice) + (this.trace.slices.duration[slice] as number);
  }

  isJoin(slice: number): boolean {
    return this.areJoins[this.laneOf(slice)] === 1;
  }

  /** The slice that reaches furthest towards `to`; of several that reach it an op. */
  begin(to: number): number {
    let best = -1;
    let reach = -Infinity;
    this.lanes.forEach(({ row }, lane) => {
      let slice = Math.min(firstEndingAfter(this.trace.slices, row, to), row.end - 1);
      while (slice >= row.first && (this.start(slice) >= to || !this.counts(slice, lane))) slice--;
      this.last[lane] = slice;
      if (slice < row.first) return;
      const end = Math.min(this.end(slice), to);
      if (end >= reach) [best, reach] = [slice, end];
    });
    return this.take(best);
  }

  /** The op that ended within a join: the one its flow names, else the last one to end. */
  awaited(join: number, until: number): number {
    const start = this.start(join);
    let best = -1;
    let reach = start;
    for (let i = this.flows.first[join] as number; i < (this.flows.first[join + 1] as number); i++) {
      const slice = this.flows.previous[i] as number;
      const end = Math.min(this.end(slice), until);
      if (end > reach && this.isFree(slice) && !this.isJoin(slice)) [best, reach] = [slice, end];
    }
    if (best < 0) {
      for (let lane = 0; lane < this.last.length; lane++) {
        if (this.areOps[lane] === 0) continue;
        const slice = this.lastEndingBy(lane, until);
        if (slice < 0 || this.end(slice) <= reach) continue;
        best = slice;
        reach = this.end(slice);
      }
    }
    return this.take(best);
  }

  /** What `slice`, which began at `time`, came after. */
  before(slice: number, time: number): number {
    const own = this.laneOf(slice);
    let best = -1;
    let reach = -Infinity;
    for (let i = this.flows.first[slice] as number; i < (this.flows.first[slice + 1] as number); i++) {
      const named = this.flows.previous[i] as number;
      // Clocks of processors differ by microseconds, so what came before may seem to end a little later.
      const end = Math.min(this.end(named), time);
      if (end > reach && this.start(named) <= time && this.isFree(named)) [best, reach] = [named, end];
    }
    const flowTells = best >= 0;
    for (let lane = 0; lane < this.last.length; lane++) {
      if (flowTells && lane !== own && this.areJoins[lane] === 0) continue;
      const candidate = this.lastEndingBy(lane, time);
      if (candidate < 0 || this.end(candidate) <= reach) continue;
      best = candidate;
      reach = this.end(candidate);
    }
    return this.take(best);
  }

  private lastEndingBy(lane: number, time: number): number {
    const first = this.firsts[lane] as number;
    let slice = this.last[lane] as number;
    while (slice >= first && (this.end(slice) > time || !this.counts(slice, lane))) slice--;
    // Time only goes back, so what ends too late now always will.
    this.last[lane] = slice;
    return slice >= first ? slice : -1;
  }

  private counts(slice: number, lane: number): boolean {
    if (this.areJoins[lane] === 1 || this.inFlow[slice] === 1) return true;
    return this.isOp[this.trace.slices.name[slice] as number] === 1;
  }

  private isFree(slice: number): boolean {
    const lane = this.laneOf(slice);
    return lane >= 0 && slice <= (this.last[lane] as number);
  }

  private take(slice: number): number {
    const lane = this.laneOf(slice);
    if (lane >= 0) this.last[lane] = slice - 1;
    return slice;
  }

  private laneOf(slice: number): number {
    for (let lane = 0; lane < this.firsts.length; lane++) {
      if ((this.firsts[lane] as number) <= slice && slice < (this.ends[lane] as number)) return lane;
    }
    return -1;
  }
}

/** Takes steps from the last to the first. */
class PathBuilder {
  private count = 0;
  private from = new Float64Array(1024);
  private to = new Float64Array(1024);
  private slice = new Int32Array(1024);
  private part = new Uint8Array(1024);

  add(from: number, to: number, slice: number, part: number): void {
    if (this.count === this.from.length) this.grow();
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.slice[this.count] = slice;
    this.part[this.count++] = part;
  }

  finish(): CriticalPath {
    const { count } = this;
    return {
      count,
      from: this.from.slice(0, count).reverse(),
      to: this.to.slice(0, count).reverse(),
      slice: this.slice.slice(0, count).reverse(),
      part: this.part.slice(0, count).reverse(),
    };
  }

  private grow(): void {
    const larger = <T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    const size = this.from.length * 2;
    this.from = larger(new Float64Array(size), this.from);
    this.to = larger(new Float64Array(size), this.to);
    this.slice = larger(new Int32Array(size), this.slice);
    this.part = larger(new Uint8Array(size), this.part);
  }
}
