import type { Row, Trace } from "../trace";
import { type ProcessorKind, isProcessor } from "../tracks";

/** A row that takes part in analyses: the outermost one of a processor, or one of joins. */
export interface Lane {
  readonly row: Row;
  readonly kind: ProcessorKind | "joins";
}

export interface ProcessorLane extends Lane {
  readonly kind: ProcessorKind;
}

/** Sets of lanes are bits of a number: a file made to have more rows is read up to here. */
const mostLanes = 15;

export function processorLanes(trace: Trace): ProcessorLane[] {
  const lanes = trace.rows.flatMap((row): ProcessorLane[] => {
    const kind = trace.tracks[row.track]?.kind ?? "none";
    return row.depth === 0 && isProcessor(kind) ? [{ row, kind }] : [];
  });
  return lanes.slice(0, mostLanes);
}

/** Processors may wait at once, so joins may lie at several depths. */
export function joinLanes(trace: Trace): Lane[] {
  const lanes = trace.rows.flatMap((row): Lane[] =>
    trace.tracks[row.track]?.kind === "joins" ? [{ row, kind: "joins" }] : [],
  );
  return lanes.slice(0, mostLanes);
}

/** By name number: 1 for ops, 0 for what only controls, such as submitting. Ops say their kind. */
export function opMarks(trace: Trace): Uint8Array {
  return Uint8Array.from(trace.names, ({ kind }) => (kind === "" ? 0 : 1));
}
