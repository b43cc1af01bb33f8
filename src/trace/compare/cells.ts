import { passes } from "../analysis/bandCursor";
import type { Trace } from "../trace";
import { type Instances, opInstances } from "./instances";
import { spreadOf } from "./spread";

/** One op of one layer at one length in one pass: its repetitions summed up. Columns, one entry per cell. */
export interface Cells {
  readonly count: number;
  /** The cell's number by its key, which is the same in other runs. */
  readonly byKey: ReadonlyMap<string, number>;
  readonly name: Uint32Array;
  readonly pass: Uint8Array;
  readonly tokens: Uint32Array;
  /** How often it ran. */
  readonly times: Uint32Array;
  /** Median and deviation of its time, in ns. */
  readonly median: Float64Array;
  readonly deviation: Float64Array;
  /** The instance that shows how it was placed: the last one, since plans settle. */
  readonly shown: Uint32Array;
  readonly instances: Instances;
}

/** Sorts the instances of a run into cells: O(n log n). */
export function cellsOf(trace: Trace): Cells {
  const instances = opInstances(trace);
  const numbers = new Map<number, number>();
  const cellOf = new Uint32Array(instances.count);
  for (let i = 0; i < instances.count; i++) {
    // Exact: names and passes take 32 bits at most, tokens 20.
    const key =
      ((instances.name[i] as number) * passes.length + (instances.pass[i] as number)) * 2 ** 20 +
      Math.min(instances.tokens[i] as number, 2 ** 20 - 1);
    let cell = numbers.get(key);
    if (cell === undefined) numbers.set(key, (cell = numbers.size));
    cellOf[i] = cell;
  }
  const count = numbers.size;
  const first = new Uint32Array(count + 1);
  for (const cell of cellOf) first[cell + 1] = (first[cell + 1] as number) + 1;
  for (let cell = 0; cell < count; cell++) first[cell + 1] = (first[cell + 1] as number) + (first[cell] as number);
  const next = first.slice();
  const walls = new Float64Array(instances.count);
  const cells = {
    count,
    byKey: new Map<string, number>(),
    name: new Uint32Array(count),
    pass: new Uint8Array(count),
    tokens: new Uint32Array(count),
    times: new Uint32Array(count),
    median: new Float64Array(count),
    deviation: new Float64Array(count),
    shown: new Uint32Array(count),
    instances,
  };
  for (let i = 0; i < instances.count; i++) {
    const cell = cellOf[i] as number;
    const place = next[cell] as number;
    next[cell] = place + 1;
    walls[place] = instances.wall[i] as number;
    cells.name[cell] = instances.name[i] as number;
    cells.pass[cell] = instances.pass[i] as number;
    cells.tokens[cell] = instances.tokens[i] as number;
    cells.shown[cell] = i;
  }
  for (let cell = 0; cell < count; cell++) {
    const spread = spreadOf(walls.subarray(first[cell], first[cell + 1]));
    cells.times[cell] = spread.count;
    cells.median[cell] = spread.median;
    cells.deviation[cell] = spread.deviation;
    const text = trace.names[cells.name[cell] as number]?.text ?? "";
    cells.byKey.set(`${String(cells.pass[cell])} ${String(cells.tokens[cell])} ${text}`, cell);
  }
  return cells;
}
