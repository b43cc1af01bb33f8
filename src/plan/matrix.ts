import { rangesText } from "./fold";
import type { LengthPlan, Placement, Plan, PlanOp } from "./types";

/** A column: one matmul of every layer, or the other ops between two of them. */
export interface MatrixColumn {
  readonly kind: "matmul" | "others";
  /** `attn_q`; of others, what they do: `norm`, `rope attention`. */
  readonly name: string;
  /** Of the first layer that has it. */
  readonly n: number;
  readonly k: number;
}

export interface MatrixCell {
  /** Index into the plan's ops. */
  readonly index: number;
  readonly op: PlanOp;
  readonly placement: Placement;
  /** It computes the last token of a step only, since nothing else is needed behind it. */
  readonly lastOnly: boolean;
}

/** Tokens that an op computes in a step of `tokens`. */
export function tokensOf(cell: Pick<MatrixCell, "lastOnly">, tokens: number): number {
  return cell.lastOnly ? 1 : tokens;
}

export interface MatrixRow {
  /** Ascending; several where equal layers are folded. */
  readonly layers: readonly number[];
  /** `7`, `1-31`. */
  readonly label: string;
  /** One for each column; empty where the layer has no such op. Others have one cell for each of their ops. */
  readonly cells: readonly (readonly MatrixCell[])[];
}

export interface Matrix {
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
  /** Matmuls outside the layers: `output`. */
  readonly outside: readonly MatrixCell[];
}

/** Layers by ops, in the order in which they run. */
export function planMatrix(plan: Plan, length: LengthPlan, fold: boolean): Matrix {
  // Where the graph selects the last token, all that follows computes that one.
  const select = plan.ops.findIndex(({ kind }) => kind === "select");
  const cells = plan.ops.flatMap((op, index): MatrixCell[] => {
    const placement = plan.placements[length.placement[index] ?? -1];
    const lastOnly = select >= 0 ? index > select : op.layer === null && op.kind === "matmul";
    return placement === undefined ? [] : [{ index, op, placement, lastOnly }];
  });
  const layers = new Map<number, MatrixCell[]>();
  for (const cell of cells) {
    if (cell.op.layer === null) continue;
    const known = layers.get(cell.op.layer);
    if (known === undefined) layers.set(cell.op.layer, [cell]);
    else known.push(cell);
  }
  const columns = columnsOf([...layers.values()]);
  const numbers = [...layers.keys()].sort((a, b) => a - b);
  const rows = numbers.map((layer): MatrixRow => {
    return { layers: [layer], label: String(layer), cells: arrange(layers.get(layer) ?? [], columns) };
  });
  return {
    columns: columns.map(({ kind, name, n, k }) => ({ kind, name, n, k })),
    rows: fold ? foldRows(rows) : rows,
    outside: cells.filter(({ op }) => op.layer === null && op.kind === "matmul"),
  };
}

/** `ffn_down` of `blk.7.ffn_down`. */
export function localName(op: PlanOp): string {
  return op.layer === null ? op.name : op.name.slice(op.name.lastIndexOf(".") + 1);
}

interface NamedColumn extends MatrixColumn {
  /** The ops in it. */
  readonly names: readonly string[];
}

/** Those of the layer with the most kinds of ops: models whose layers differ (sliding windows) still share columns. */
function columnsOf(layers: readonly (readonly MatrixCell[])[]): NamedColumn[] {
  const names = (cells: readonly MatrixCell[]): number => new Set(cells.map(({ op }) => localName(op))).size;
  const fullest = layers.reduce<readonly MatrixCell[]>(
    (best, cells) => (names(cells) > names(best) ? cells : best),
    [],
  );
  const columns: (Omit<NamedColumn, "names"> & { names: string[] })[] = [];
  const kinds: string[][] = [];
  for (const { op } of fullest) {
    const name = localName(op);
    const last = columns.at(-1);
    if (op.kind === "matmul") columns.push({ kind: "matmul", name, n: op.n, k: op.k, names: [name] });
    else if (last?.kind === "others") last.names.push(name);
    else columns.push({ kind: "others", name: "", n: 0, k: 0, names: [name] });
    (kinds[columns.length - 1] ??= []).push(op.kind);
  }
  return columns.map((column, at) =>
    column.kind === "matmul" ? column : { ...column, name: shortKinds(kinds[at] ?? []).join(" ") },
  );
}

/** At most two words, the ones that take the most work first. */
function shortKinds(kinds: readonly string[]): string[] {
  const words: Readonly<Record<string, string>> = { attention: "core", activation: "act", kv_append: "kv" };
  const order = ["attention", "rope", "norm", "activation", "add"];
  const known = [...new Set(kinds)]
    .filter((kind) => kind !== "select")
    .sort((a, b) => rank(order, a) - rank(order, b))
    .slice(0, 2);
  return kinds
    .filter((kind, at) => known.includes(kind) && kinds.indexOf(kind) === at)
    .map((kind) => words[kind] ?? kind);
}

function rank(order: readonly string[], kind: string): number {
  const at = order.indexOf(kind);
  return at < 0 ? order.length : at;
}

function arrange(cells: readonly MatrixCell[], columns: readonly NamedColumn[]): MatrixCell[][] {
  return columns.map(({ names }) => cells.filter(({ op }) => names.includes(localName(op))));
}

/** Layers whose ops are all placed alike, with weights of the same types, become one row where the first one stands. */
function foldRows(rows: readonly MatrixRow[]): MatrixRow[] {
  const folded = new Map<string, { first: MatrixRow; layers: number[] }>();
  for (const row of rows) {
    const key = row.cells
      .map((cells) => cells.map(({ op, placement }) => signature(op, placement)).join("+"))
      .join("|");
    const known = folded.get(key);
    if (known === undefined) folded.set(key, { first: row, layers: [...row.layers] });
    else known.layers.push(...row.layers);
  }
  return [...folded.values()].map(({ first, layers }) => ({ ...first, layers, label: rangesText(layers) }));
}

function signature(op: PlanOp, { chosen, cause }: Placement): string {
  const { strategy, npuRows, pieces } = chosen;
  return [localName(op), op.type, op.n, op.k, strategy, npuRows, pieces.join(","), cause].join(" ");
}

/** Two placements run the same parts on the same processors. */
export function placedAlike(a: Placement, b: Placement): boolean {
  const [one, other] = [a.chosen, b.chosen];
  return one.strategy === other.strategy && one.npuRows === other.npuRows && one.pieces.join() === other.pieces.join();
}

/** Names of the ops that another plan places otherwise in steps of this many tokens; ops that it lacks count, too. */
export function differences(plan: Plan, other: Plan, tokens: number): Set<string> {
  const placements = (of: Plan): Map<string, Placement> => {
    const length = spanOf(of, tokens);
    const found = new Map<string, Placement>();
    of.ops.forEach((op, index) => {
      const placement = of.placements[length?.placement[index] ?? -1];
      if (placement !== undefined && op.kind === "matmul") found.set(op.name, placement);
    });
    return found;
  };
  const others = placements(other);
  const different = new Set<string>();
  for (const [name, placement] of placements(plan)) {
    const there = others.get(name);
    if (there === undefined || !placedAlike(placement, there)) different.add(name);
  }
  return different;
}

/** The part of the plan for steps of this many tokens; a plan of a run on a device holds some lengths only. */
export function spanOf(plan: Plan, tokens: number): LengthPlan | undefined {
  return plan.lengths.find(({ first, last }) => first <= tokens && tokens <= last);
}

/** Numbers of tokens worth a look: standard lengths, the run's own prompt and the longest, as far as the plan has them. */
export function lengthChoices(plan: Plan, promptTokens: number | undefined): number[] {
  const longest = plan.lengths.at(-1)?.last ?? 1;
  const wanted = [...(plan.settings.standardLengths ?? []), longest];
  if (promptTokens !== undefined) wanted.push(Math.min(promptTokens, longest));
  return [...new Set(wanted)]
    .filter((tokens) => tokens > 1 && spanOf(plan, tokens) !== undefined)
    .sort((a, b) => a - b);
}
