import type { Candidate, LengthPlan, Placement, Plan, PlanOp } from "../agent/protocol.gen";
import { lengthPlanAt } from "./fold";

/** Ops of one name that change alike between two plans, at one length. Times in µs, predicted. */
export interface ChangedGroup {
  readonly tokens: number;
  /** `ffn_down`, or the whole name outside layers. */
  readonly name: string;
  readonly op: PlanOp;
  /** Ascending; empty outside layers. */
  readonly layers: readonly number[];
  readonly now: Candidate;
  readonly next: Candidate;
  /** Of one op: below 0 is faster with the new plan. */
  readonly eachUs: number;
  readonly allUs: number;
}

/** Whether two placements run the same parts on the same processors. */
function alike(a: Candidate, b: Candidate): boolean {
  return a.strategy === b.strategy && a.npuRows === b.npuRows && a.pieces.join() === b.pieces.join();
}

/** What changes at these lengths, the largest gain or loss first. Both plans are of one model. */
export function changedGroups(now: Plan, next: Plan, lengths: readonly number[]): ChangedGroup[] {
  const groups = new Map<string, { -readonly [K in keyof ChangedGroup]: ChangedGroup[K] } & { layers: number[] }>();
  for (const tokens of lengths) {
    const [before, after] = [lengthPlanAt(now, tokens), lengthPlanAt(next, tokens)];
    if (before === undefined || after === undefined) continue;
    next.ops.forEach((op, index) => {
      const old = placed(now, before, index);
      const fresh = placed(next, after, index);
      if (op.kind !== "matmul" || old === undefined || fresh === undefined || alike(old.chosen, fresh.chosen)) return;
      const name = op.layer === null ? op.name : op.name.slice(op.name.lastIndexOf(".") + 1);
      const key = [tokens, name, op.type, shape(old.chosen), shape(fresh.chosen)].join("|");
      const eachUs = fresh.chosen.totalUs - old.chosen.totalUs;
      const known = groups.get(key);
      if (known === undefined) {
        const layers = op.layer === null ? [] : [op.layer];
        groups.set(key, { tokens, name, op, layers, now: old.chosen, next: fresh.chosen, eachUs, allUs: eachUs });
      } else {
        if (op.layer !== null) known.layers.push(op.layer);
        known.allUs += eachUs;
      }
    });
  }
  return [...groups.values()].sort((a, b) => Math.abs(b.allUs) - Math.abs(a.allUs));
}

function placed(plan: Plan, length: LengthPlan, index: number): Placement | undefined {
  return plan.placements[length.placement[index] ?? -1];
}

const shape = ({ strategy, npuRows, pieces }: Candidate): string => `${strategy} ${npuRows} ${pieces.join("+")}`;
