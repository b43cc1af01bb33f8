import type { PassComparison } from "../../src/trace/compare/compare";
import { type Verdict, verdictOf } from "../../src/trace/compare/layers";
import type { WallTime } from "../../src/trace/states";
import type { CompareModel } from "./model";
import type { CompareState } from "./state";

/** A row of the table: a layer, or an op over all layers. Times of one step, in ns. */
export interface TableRow {
  readonly label: string;
  /** As it is shown: `7`, `out`, `ffn_down`. */
  readonly short: string;
  /** −1 where it is no layer. */
  readonly layer: number;
  readonly aNs: number;
  readonly bNs: number;
  readonly deltaNs: number;
  readonly verdict: Verdict;
  /** What worked in B, and B − A of it; absent for ops. */
  readonly wall?: { readonly b: WallTime; readonly delta: WallTime };
  /** How the plan differs, where it does. */
  readonly plan: string;
}

/** The rows that a state asks for, in its order. */
export function tableRows(model: CompareModel, pass: PassComparison, state: CompareState): readonly TableRow[] {
  const rows = state.align === "layer" ? layerRows(model, pass) : opRows(model, pass);
  if (state.sort === "order") return rows;
  return [...rows].sort((x, y) => Math.abs(y.deltaNs) - Math.abs(x.deltaNs));
}

/** The next row whose difference is beyond noise, after the selected one and round to the first. */
export function nextSignificant(rows: readonly TableRow[], selected: string | undefined): TableRow | undefined {
  const at = rows.findIndex(({ label }) => label === selected);
  const order = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
  return order.find(({ verdict }) => verdict === "slower" || verdict === "faster");
}

function layerRows(model: CompareModel, pass: PassComparison): TableRow[] {
  return model.layers(pass).map((layer) => ({
    label: layer.label,
    short: layer.layer >= 0 ? String(layer.layer) : layer.label === "output" ? "out" : layer.label,
    layer: layer.layer,
    aNs: layer.aNs,
    bNs: layer.bNs,
    deltaNs: layer.deltaNs,
    verdict: layer.verdict,
    wall: { b: layer.b, delta: layer.delta },
    plan: "",
  }));
}

function opRows(model: CompareModel, pass: PassComparison): TableRow[] {
  const ops = model.ops(pass);
  const several = new Set(ops.flatMap(({ tokens }) => (tokens > 0 ? [tokens] : []))).size > 1;
  return ops.map((row) => {
    const [change] = row.planChanges;
    const label = several && row.tokens > 0 ? `${row.label}, ${String(row.tokens)} tokens` : row.label;
    return {
      label,
      short: label,
      layer: -1,
      aNs: row.aNs,
      bNs: row.bNs,
      deltaNs: row.deltaNs,
      verdict: verdictOf(row.deltaNs, row.aNs, row.errorNs),
      plan: change === undefined ? "" : `${change.from} → ${change.to}`,
    };
  });
}
