import type { Trace } from "../trace";
import type { ProcessorKind } from "../tracks";
import type { Work } from "../work";
import { type Roof, headerRoofs } from "./costs";
import { type OpGroup, OpGroups } from "./opGroups";

/** One op on one processor in one pass, as a point: how much it computes per byte, and how fast. */
export interface RooflinePoint extends OpGroup {
  readonly slices: number;
  readonly ns: number;
  readonly flops: number;
  readonly bytes: number;
  /** Operations per byte: the point's place. */
  readonly intensity: number;
  /** Operations per second: the point's height. */
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Reached of what the roof allows at this intensity, 0 to 1; absent where the header names no roof. */
  readonly ofRoof?: number;
}

export interface Roofline {
  /** Most time first. */
  readonly points: readonly RooflinePoint[];
  readonly roofs: Partial<Record<ProcessorKind, Roof>>;
}

/** Points of the ops that say both bytes and flops, between two times. Source of the model: Williams et al., 2009. */
export function roofline(trace: Trace, work: Work, from = 0, to = trace.durationNs): Roofline {
  const groups = new OpGroups(trace);
  const slices = new Uint32Array(groups.size);
  const [ns, flops, bytes] = [0, 1, 2].map(() => new Float64Array(groups.size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  groups.each(from, to, (slice, group) => {
    const ownFlops = work.flops[slice] as number;
    const ownBytes = work.bytes[slice] as number;
    if (ownFlops <= 0 || ownBytes <= 0) return;
    slices[group] = (slices[group] as number) + 1;
    ns[group] = (ns[group] as number) + (trace.slices.duration[slice] as number);
    flops[group] = (flops[group] as number) + ownFlops;
    bytes[group] = (bytes[group] as number) + ownBytes;
  });
  const roofs = headerRoofs(trace.header);
  const points: RooflinePoint[] = [];
  slices.forEach((count, group) => {
    if (count === 0 || ns[group] === 0) return;
    const told = groups.describe(group);
    points.push(pointOf(told, count, ns[group] as number, flops[group] as number, bytes[group] as number, roofs));
  });
  return { points: points.sort((a, b) => b.ns - a.ns), roofs };
}

/** What a roof allows at an intensity: bandwidth below its ridge, arithmetic above. */
export function reachable(roof: Roof, intensity: number): number {
  return Math.min(roof.flopsPerSecond, roof.bytesPerSecond * intensity);
}

export interface AgainstRoof {
  /** Reached of what the roof allows, 0 to 1. */
  readonly part: number;
  readonly boundBy: "memory" | "arithmetic";
}

/** How near a piece of work came to a roof. @param flops and @param bytes that took @param ns nanoseconds. */
export function againstRoof(roof: Roof, flops: number, bytes: number, ns: number): AgainstRoof {
  const boundBy = flops * roof.bytesPerSecond < bytes * roof.flopsPerSecond ? "memory" : "arithmetic";
  const reached = boundBy === "memory" ? bytes / ns / roof.bytesPerSecond : flops / ns / roof.flopsPerSecond;
  return { part: reached * 1e9, boundBy };
}

function pointOf(
  group: OpGroup,
  slices: number,
  ns: number,
  flops: number,
  bytes: number,
  roofs: Roofline["roofs"],
): RooflinePoint {
  const intensity = flops / bytes;
  const flopsPerSecond = (flops / ns) * 1e9;
  const roof = roofs[group.processor];
  return {
    ...group,
    slices,
    ns,
    flops,
    bytes,
    intensity,
    flopsPerSecond,
    bytesPerSecond: (bytes / ns) * 1e9,
    ...(roof === undefined ? {} : { ofRoof: againstRoof(roof, flops, bytes, ns).part }),
  };
}
