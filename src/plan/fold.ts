import type { LengthPlan, Placement, Plan, PlanOp } from "../agent/protocol.gen";

/** Ops of one name in layers that are placed alike: what a person reads instead of 32 equal rows. */
export interface FoldedOp {
  /** `ffn_down`, or the whole name outside layers. */
  readonly name: string;
  readonly op: PlanOp;
  /** Ascending; empty outside layers. */
  readonly layers: readonly number[];
  readonly placement: Placement;
}

/** The plan of a step of this many tokens: a look-up. The longest where `tokens` is beyond it. */
export function lengthPlanAt(plan: Plan, tokens: number): LengthPlan | undefined {
  return plan.lengths.find(({ last }) => tokens <= last) ?? plan.lengths.at(-1);
}

/** The matmuls of one length, in the order of the graph, equal layers folded. */
export function foldedMatmuls(plan: Plan, length: LengthPlan): FoldedOp[] {
  const folded = new Map<string, FoldedOp & { readonly layers: number[] }>();
  plan.ops.forEach((op, index) => {
    const placement = plan.placements[length.placement[index] ?? -1];
    if (op.kind !== "matmul" || placement === undefined) return;
    const name = op.layer === null ? op.name : op.name.slice(op.name.lastIndexOf(".") + 1);
    const key = `${name} ${String(op.type)} ${String(length.placement[index])}`;
    const known = folded.get(key);
    if (known === undefined) folded.set(key, { name, op, layers: op.layer === null ? [] : [op.layer], placement });
    else if (op.layer !== null) known.layers.push(op.layer);
  });
  return [...folded.values()];
}

/** "0-31", "0, 5-7": runs of numbers as people write them. */
export function rangesText(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < numbers.length;) {
    let end = at;
    while (numbers[end + 1] === (numbers[end] ?? 0) + 1) end++;
    const [first = 0, last = 0] = [numbers[at], numbers[end]];
    parts.push(first === last ? `${first}` : `${first}-${last}`);
    at = end + 1;
  }
  return parts.join(", ");
}
