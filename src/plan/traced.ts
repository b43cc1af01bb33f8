import type { Candidate, Placement, Plan, PlanOp } from "../agent/protocol.gen";
import { lengthPlanAt } from "./fold";
import { strategyWords } from "./words";

/**
 * The plan that a trace's header holds, `header.json.plan`; undefined where it has none or one that does not hold
 * together, since the file may come from anybody: indices that lead nowhere, ops without a name.
 */
export function planInHeader(plan: unknown): Plan | undefined {
  if (!isRecord(plan) || !isRecord(plan.settings)) return undefined;
  const { ops, placements, lengths } = plan;
  if (!listOf(ops, isOp) || !listOf(placements, isPlacement)) return undefined;
  const isLength = (value: unknown): boolean =>
    isRecord(value) &&
    areNumbers(value, ["first", "last", "length", "stepUs", "primaryBusyUs", "npuBusyUs"]) &&
    listOf(value.placement, (index) => typeof index === "number" && placements[index] !== undefined) &&
    value.placement.length === ops.length;
  if (!listOf(lengths, isLength)) return undefined;
  if (!["gpu", "cpu"].some((kind) => kind === plan.primary) || typeof plan.costModel !== "string") return undefined;
  if (plan.origin !== "measured" && plan.origin !== "modeled") return undefined;
  if (!areNumbers(plan, ["graphs", "graphBytes", "compileMs"]) || !listOf(plan.notes, isText)) return undefined;
  if (ops.length === 0 || lengths.length === 0) return undefined;
  return plan as unknown as Plan;
}

/** How an op was placed in a step of so many tokens; undefined for ops that the plan does not name. */
export function placementOf(
  plan: Plan,
  opName: string,
  tokens: number,
): { readonly op: PlanOp; readonly placement: Placement } | undefined {
  const index = plan.ops.findIndex(({ name }) => name === opName);
  const op = plan.ops[index];
  const placement = plan.placements[lengthPlanAt(plan, tokens)?.placement[index] ?? -1];
  return op === undefined || placement === undefined ? undefined : { op, placement };
}

type JsonRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function listOf(value: unknown, holds: (entry: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(holds);
}

function areNumbers(value: JsonRecord, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === "number" && Number.isFinite(value[name]));
}

const isText = (value: unknown): boolean => typeof value === "string";

function isOp(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.name === "string" &&
    typeof value.kind === "string" &&
    (value.layer === null || Number.isInteger(value.layer)) &&
    (value.type === null || typeof value.type === "string") &&
    areNumbers(value, ["n", "k"])
  );
}

const candidateNumbers: readonly (keyof Candidate)[] = ["npuRows", "primaryUs", "npuUs", "syncUs", "totalUs"];

function isCandidate(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.hasOwn(strategyWords, String(value.strategy)) &&
    areNumbers(value, candidateNumbers) &&
    listOf(value.pieces, (piece) => typeof piece === "number" && piece > 0)
  );
}

function isPlacement(value: unknown): boolean {
  return (
    isRecord(value) && typeof value.cause === "string" && isCandidate(value.chosen) && listOf(value.lost, isCandidate)
  );
}
