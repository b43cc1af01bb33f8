import type { Row, Trace } from "../trace";
import { type ProcessorKind, isProcessor } from "../tracks";

/** A row that takes part in analyses: the outermost one of a processor, or one of joins. */
export interface Lane {
  readonly row: Row;
  readonly kind: ProcessorKind | "joins" | "control";
}

export interface ProcessorLane extends Lane {
  readonly kind: ProcessorKind;
}

export interface JoinLane extends Lane {
  readonly kind: "joins";
  readonly waits: "primary" | "npu";
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

/** Rows of the tracks `Sync` and `NPU sync`. Joins of a track may lie at several depths. */
export function joinLanes(trace: Trace): JoinLane[] {
  const lanes = trace.rows.flatMap((row): JoinLane[] => {
    const track = trace.tracks[row.track];
    const isNpu = track?.name === "NPU sync";
    return isNpu || track?.kind === "joins" ? [{ row, kind: "joins", waits: isNpu ? "npu" : "primary" }] : [];
  });
  return lanes.slice(0, mostLanes);
}

/** Rows of what controls a processor from outside its queue. */
export function controlRows(trace: Trace): Row[] {
  return trace.rows.filter((row) => row.depth === 0 && trace.tracks[row.track]?.name === "Submit");
}

/** By name number: 1 for ops, 0 for what only controls, such as submitting. Ops say their kind. */
export function opMarks(trace: Trace): Uint8Array {
  return Uint8Array.from(trace.names, ({ kind }) => (kind === "" ? 0 : 1));
}
