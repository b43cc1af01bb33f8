import type { Matrix, MatrixCell } from "../../src/plan/matrix";
import type { SeenTime } from "./card";
import type { PlanShow } from "./partitionState";

/** Rows beyond those of the layers are the ops outside them. */
export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** Where an op stands; the first matmul for a name that no cell has. */
export function placeOf(matrix: Matrix, name: string | undefined): CellPlace {
  for (const [row, { cells }] of matrix.rows.entries()) {
    const column = cells.findIndex((at, index) => isMatmul(matrix, index) && at[0]?.op.name === name);
    if (column >= 0) return { row, column };
  }
  const outside = matrix.outside.findIndex(({ op }) => op.name === name);
  if (outside >= 0) return { row: matrix.rows.length + outside, column: 0 };
  return { row: 0, column: matrix.columns.findIndex(({ kind }) => kind === "matmul") };
}

export function cellAt(matrix: Matrix, { row, column }: CellPlace): MatrixCell | undefined {
  return row < matrix.rows.length ? matrix.rows[row]?.cells[column]?.[0] : matrix.outside[row - matrix.rows.length];
}

/** Where a key leads from a cell; undefined: the key does not move. Arrows stop at the edges and pass over what is no matmul. */
export function moved(matrix: Matrix, from: CellPlace, key: string): CellPlace | undefined {
  const last = matrix.rows.length + matrix.outside.length - 1;
  switch (key) {
    case "ArrowUp":
      return skip(matrix, from, { row: -1, column: 0 });
    case "ArrowDown":
      return skip(matrix, from, { row: 1, column: 0 });
    case "ArrowLeft":
      return skip(matrix, from, { row: 0, column: -1 });
    case "ArrowRight":
      return skip(matrix, from, { row: 0, column: 1 });
    case "Home":
      return { row: 0, column: from.column };
    case "End":
      return { row: Math.max(0, last), column: from.column };
    default:
      return undefined;
  }
}

function skip(matrix: Matrix, from: CellPlace, step: CellPlace): CellPlace {
  const rows = matrix.rows.length + matrix.outside.length;
  let { row, column } = from;
  for (;;) {
    row += step.row;
    column += step.column;
    if (row < 0 || row >= rows || column < 0 || column >= matrix.columns.length) return from;
    // Outside the layers there is one cell in a row.
    if (row >= matrix.rows.length) return step.column === 0 ? { row, column } : from;
    if (isMatmul(matrix, column) && cellAt(matrix, { row, column }) !== undefined) return { row, column };
  }
}

/** The type that most weights of a column have; the others are exceptions. */
export function commonTypes(matrix: Matrix): (string | null)[] {
  return matrix.columns.map((_, column) => {
    const counts = new Map<string | null, number>();
    for (const { cells, layers } of matrix.rows) {
      const type = cells[column]?.[0]?.op.type;
      if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + layers.length);
    }
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
  });
}

/** Sums over all layers of each matmul, in µs; undefined where nothing was seen, or of what is no matmul. */
export function columnSums(of: {
  /** Not folded. */
  readonly matrix: Matrix;
  readonly show: PlanShow;
  readonly seen: ReadonlyMap<string, SeenTime>;
}): (number | undefined)[] {
  const { matrix, show, seen } = of;
  return matrix.columns.map((column, at) => {
    if (column.kind !== "matmul") return undefined;
    let sum = 0;
    let found = false;
    for (const { cells } of matrix.rows) {
      for (const { op, placement } of cells[at] ?? []) {
        const us = show === "predicted" ? placement.chosen.totalUs : (seen.get(op.name)?.meanNs ?? NaN) / 1000;
        if (Number.isNaN(us)) continue;
        found = true;
        const { primaryUs, npuUs } = placement.chosen;
        sum += show === "difference" ? us - Math.max(primaryUs, npuUs) : us;
      }
    }
    return found ? sum : undefined;
  });
}

function isMatmul(matrix: Matrix, column: number): boolean {
  return matrix.columns[column]?.kind === "matmul";
}
