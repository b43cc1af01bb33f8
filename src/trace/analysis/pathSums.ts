import { type Trace, nameOf } from "../trace";
import { type CriticalPath, pathParts } from "./criticalPath";
import { processorLanes } from "./lanes";

/** One op of one processor on the critical path. Times in ns. */
export interface PathRow {
  readonly op: string;
  /** `sync` for joins, `wait` for time in which nothing of the path ran. */
  readonly on: string;
  steps: number;
  ns: number;
}

export interface PathSums {
  readonly totalNs: number;
  readonly opNs: number;
  readonly joinNs: number;
  readonly waitNs: number;
  /** Most time first. */
  readonly rows: readonly PathRow[];
}

/** What the critical path is made of; the rows add up to the range. */
export function sumPath(trace: Trace, path: CriticalPath): PathSums {
  const lanes = processorLanes(trace);
  const rows = new Map<string, PathRow>();
  const byPart = [0, 0, 0];
  for (let i = 0; i < path.count; i++) {
    const took = (path.to[i] as number) - (path.from[i] as number);
    const part = path.part[i] as number;
    const slice = path.slice[i] as number;
    byPart[part] = (byPart[part] ?? 0) + took;
    const kind = pathParts[part];
    const on =
      kind === "join"
        ? "sync"
        : kind === "wait"
          ? "wait"
          : (lanes.find(({ row }) => row.first <= slice && slice < row.end)?.kind ?? "");
    const op = slice < 0 ? "" : nameOf(trace, slice).op;
    const key = `${on}\n${op}`;
    let row = rows.get(key);
    if (row === undefined) rows.set(key, (row = { op, on, steps: 0, ns: 0 }));
    row.steps++;
    row.ns += took;
  }
  const [opNs = 0, joinNs = 0, waitNs = 0] = byPart;
  return {
    totalNs: opNs + joinNs + waitNs,
    opNs,
    joinNs,
    waitNs,
    rows: [...rows.values()].sort((a, b) => b.ns - a.ns),
  };
}
