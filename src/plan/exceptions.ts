import { rangesText } from "./fold";
import { type Matrix, type MatrixCell, tokensOf } from "./matrix";
import type { Cause } from "./types";

/** Ops that are placed otherwise than most of their column. */
export interface PlanException {
  readonly cells: readonly MatrixCell[];
  /** `blk.0.ffn_down`, `blk.0-3.ffn_down`. */
  readonly name: string;
  readonly cause: Cause;
  /** What each takes longer than the usual placement of the column, in µs. */
  readonly extraUs: number;
  /** Of their weights, where it is not the column's. */
  readonly type: string | undefined;
}

/** Of each matmul column: who is placed otherwise than most, or with another type of weights, alike ones together. */
export function planExceptions(matrix: Matrix): PlanException[] {
  return matrix.columns.flatMap((column, at) => {
    if (column.kind !== "matmul") return [];
    const groups = new Map<string, MatrixCell[]>();
    for (const cell of matrix.rows.flatMap(({ cells }) => cells[at] ?? [])) {
      if (cell.lastOnly) continue; // Of another length, so that it says nothing about the column.
      const { chosen, cause } = cell.placement;
      const key = [chosen.strategy, chosen.npuRows, chosen.pieces.join(), cause, cell.op.type].join(" ");
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [cell]);
      else known.push(cell);
    }
    const [usual, ...others] = [...groups.values()].sort((a, b) => b.length - a.length);
    const example = usual?.[0];
    if (example === undefined) return [];
    return others.flatMap((cells): PlanException[] => {
      const first = cells[0];
      if (first === undefined) return [];
      const layers = cells.flatMap(({ op }) => op.layer ?? []);
      return [
        {
          cells,
          name: `blk.${rangesText(layers)}.${column.name}`,
          cause: first.placement.cause,
          extraUs: first.placement.chosen.totalUs - example.placement.chosen.totalUs,
          type: first.op.type === example.op.type ? undefined : (first.op.type ?? undefined),
        },
      ];
    });
  });
}

/** How many matmuls have each strategy, and how much of the NPU's work is padding, 0 to 1. */
export function planSums(
  cells: readonly MatrixCell[],
  tokens: number,
): {
  readonly strategies: ReadonlyMap<string, number>;
  readonly totalUs: number;
  readonly syncUs: number;
  readonly padded: number;
} {
  const strategies = new Map<string, number>();
  let totalUs = 0;
  let syncUs = 0;
  let computed = 0;
  let padding = 0;
  for (const cell of cells) {
    const { op, placement } = cell;
    const { chosen } = placement;
    strategies.set(chosen.strategy, (strategies.get(chosen.strategy) ?? 0) + 1);
    totalUs += chosen.totalUs;
    syncUs += chosen.syncUs;
    const own = tokensOf(cell, tokens);
    const covered = chosen.pieces.reduce((sum, piece) => sum + piece, 0);
    computed += covered * chosen.npuRows * op.k;
    padding += Math.max(0, covered - own) * chosen.npuRows * op.k;
  }
  return { strategies, totalUs, syncUs, padded: computed === 0 ? 0 : padding / computed };
}
