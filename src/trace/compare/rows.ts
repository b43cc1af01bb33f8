import { type PassName, passes } from "../analysis/bandCursor";
import type { Trace } from "../trace";
import { processorKinds } from "../tracks";
import { strategies } from "../work";
import type { Cells } from "./cells";
import { medianError, spreadOf } from "./spread";

/** A plan that differs between the runs, and in how many layers. */
export interface PlanChange {
  readonly what: "strategy" | "share" | "processors";
  readonly from: string;
  readonly to: string;
  readonly layers: number;
}

/** One op, or one layer, of one step at one length, in both runs. Times in ns, sums of the medians of its cells. */
export interface CompareRow {
  readonly pass: PassName;
  /** Tokens of the step; 0 where the traces do not say. */
  readonly tokens: number;
  readonly label: string;
  /** Cells that both runs have. */
  readonly cells: number;
  readonly aNs: number;
  readonly bNs: number;
  readonly deltaNs: number;
  /** Standard error of the difference; absent where too little was repeated to tell. */
  readonly errorNs?: number;
  /** Beyond two standard errors; absent where the error is not known. */
  readonly significant?: boolean;
  /** Most layers first. */
  readonly planChanges: readonly PlanChange[];
}

export interface CompareRows {
  readonly rows: readonly CompareRow[];
  /** Cells that only one of the runs has. */
  readonly onlyA: number;
  readonly onlyB: number;
}

/** How rows by layer are called; below 0: what follows the last layer, or comes before the first. */
export function layerLabel(layer: number): string {
  return layer < 0 ? "outside layers" : `layer ${String(layer)}`;
}

interface Pair {
  readonly a: number;
  readonly b: number;
}

/**
 * Rows by op, by layer, or by both (`blk.7.ffn_down`); largest difference first.
 * @param names of run A
 */
export function compareRows(
  names: Trace["names"],
  cellsA: Cells,
  cellsB: Cells,
  by: "op" | "layer" | "name",
): CompareRows {
  const pairs = new Map<string, Pair[]>();
  let matched = 0;
  for (const [key, cell] of cellsA.byKey) {
    const other = cellsB.byKey.get(key);
    if (other === undefined) continue;
    matched++;
    const name = names[cellsA.name[cell] as number];
    const label = by === "op" ? (name?.op ?? "") : by === "name" ? (name?.text ?? "") : layerLabel(name?.layer ?? -1);
    const group = `${String(cellsA.pass[cell])} ${String(cellsA.tokens[cell])} ${label}`;
    const list = pairs.get(group);
    if (list === undefined) pairs.set(group, [{ a: cell, b: other }]);
    else list.push({ a: cell, b: other });
  }
  const rows = [...pairs].map(([group, list]) => {
    const [pass = "0", tokens = "0", ...label] = group.split(" ");
    return rowOf(cellsA, cellsB, list, passes[Number(pass)] ?? "other", Number(tokens), label.join(" "));
  });
  rows.sort((x, y) => Math.abs(y.deltaNs) - Math.abs(x.deltaNs));
  return { rows, onlyA: cellsA.count - matched, onlyB: cellsB.count - matched };
}

function rowOf(
  cellsA: Cells,
  cellsB: Cells,
  pairs: readonly Pair[],
  pass: PassName,
  tokens: number,
  label: string,
): CompareRow {
  let aNs = 0;
  let bNs = 0;
  for (const pair of pairs) {
    aNs += cellsA.median[pair.a] as number;
    bNs += cellsB.median[pair.b] as number;
  }
  const errorNs = errorOf(cellsA, cellsB, pairs);
  const deltaNs = bNs - aNs;
  return {
    pass,
    tokens,
    label,
    cells: pairs.length,
    aNs,
    bNs,
    deltaNs,
    ...(errorNs === undefined ? {} : { errorNs, significant: Math.abs(deltaNs) > 2 * errorNs }),
    planChanges: planChanges(cellsA, cellsB, pairs),
  };
}

const enoughToTell = 3;

/** From repetitions of every cell where there are enough, else from how the differences scatter over the cells. */
function errorOf(cellsA: Cells, cellsB: Cells, pairs: readonly Pair[]): number | undefined {
  const spread = (cells: Cells, cell: number): { count: number; median: number; deviation: number } => ({
    count: cells.times[cell] as number,
    median: cells.median[cell] as number,
    deviation: cells.deviation[cell] as number,
  });
  const repeated = pairs.every(
    ({ a, b }) => (cellsA.times[a] as number) >= enoughToTell && (cellsB.times[b] as number) >= enoughToTell,
  );
  if (repeated) {
    const variance = pairs.reduce(
      (sum, { a, b }) => sum + medianError(spread(cellsA, a)) ** 2 + medianError(spread(cellsB, b)) ** 2,
      0,
    );
    return Math.sqrt(variance);
  }
  if (pairs.length < enoughToTell) return undefined;
  const differences = Float64Array.from(
    pairs,
    ({ a, b }) => (cellsB.median[b] as number) - (cellsA.median[a] as number),
  );
  return pairs.length * medianError(spreadOf(differences));
}

/** Per mille by which a split may move before it counts as another one. */
const sameShare = 5;

function planChanges(cellsA: Cells, cellsB: Cells, pairs: readonly Pair[]): PlanChange[] {
  const changes = new Map<string, { -readonly [K in keyof PlanChange]: PlanChange[K] }>();
  for (const pair of pairs) {
    const a = cellsA.shown[pair.a] as number;
    const b = cellsB.shown[pair.b] as number;
    const change = changeOf(cellsA.instances, a, cellsB.instances, b);
    if (change === undefined) continue;
    const key = `${change.what} ${change.from} ${change.to}`;
    const known = changes.get(key);
    if (known === undefined) changes.set(key, { ...change, layers: 1 });
    else known.layers++;
  }
  return [...changes.values()].sort((x, y) => y.layers - x.layers);
}

function changeOf(
  runA: Cells["instances"],
  a: number,
  runB: Cells["instances"],
  b: number,
): Omit<PlanChange, "layers"> | undefined {
  const strategyA = runA.strategy[a] as number;
  const strategyB = runB.strategy[b] as number;
  if (strategyA !== strategyB && strategyA > 0 && strategyB > 0) {
    return { what: "strategy", from: strategies[strategyA] ?? "", to: strategies[strategyB] ?? "" };
  }
  if (runA.processors[a] !== runB.processors[b]) {
    return {
      what: "processors",
      from: namesOf(runA.processors[a] as number),
      to: namesOf(runB.processors[b] as number),
    };
  }
  const shareA = runA.npuShare[a] as number;
  const shareB = runB.npuShare[b] as number;
  if (Math.abs(shareA - shareB) <= sameShare) return undefined;
  return { what: "share", from: `${String(shareA / 10)} %`, to: `${String(shareB / 10)} %` };
}

function namesOf(processors: number): string {
  return processorKinds
    .filter((_, index) => (processors & (1 << index)) !== 0)
    .map((kind) => kind.toUpperCase())
    .join(" + ");
}
