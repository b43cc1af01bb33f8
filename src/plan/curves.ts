import { type Result, failure, success } from "../base/result";
import { localName } from "./matrix";
import { primaryShare } from "./placementWords";
import type { CostSource, CurveMatmul, Plan, ProfileCurve, SolverSettings } from "./types";

/** A distinct matmul of the layers, and the ops that have it. */
export interface Shape extends CurveMatmul {
  /** Names within a layer: `attn_k`, `attn_v`. */
  readonly ops: readonly string[];
}

/** In the order of the graph. What lies outside the layers runs for one token only, so it has no curve. */
export function shapesOf(plan: Plan): Shape[] {
  const shapes = new Map<string, { n: number; k: number; type: string; ops: string[] }>();
  for (const op of plan.ops) {
    if (op.kind !== "matmul" || op.layer === null || op.type === null) continue;
    const { n, k, type } = op;
    const key = `${n} ${k} ${type}`;
    const known = shapes.get(key) ?? { n, k, type, ops: [] };
    if (!known.ops.includes(localName(op))) known.ops.push(localName(op));
    shapes.set(key, known);
  }
  return [...shapes.values()];
}

/** The header of a trace, as far as the costs behind its plan are looked for in it. */
export interface CostsHolder {
  readonly source?: unknown;
  readonly soc?: unknown;
}

/**
 * What stands behind the times of a trace's plan: the profile or description that is in it, or the name of one that comes
 * with the agent. Paths are left out, since a trace from elsewhere may name any file. Errors: `costs-missing`.
 */
export function costsOfTrace(header: CostsHolder | undefined): Result<CostSource> {
  const costs = isRecord(header?.source) ? header.source.costs : undefined;
  if (isRecord(costs)) {
    if (typeof costs.soc === "string") return success({ soc: costs.soc });
    if (isRecord(costs.inline)) return success({ inline: costs.inline } as CostSource);
  }
  const soc = isRecord(header?.soc) ? header.soc.id : undefined;
  if (typeof soc === "string") return success({ soc });
  return failure(
    "costs-missing",
    "This trace does not hold the profile that its plan was made from: run the model again to see its shapes.",
  );
}

/** Numbers of tokens that the curves show: each one up to 512, or to 1024 where the run's prompt is longer. */
export function curveTokens(promptTokens: number | undefined): number[] {
  const longest = (promptTokens ?? 0) > 512 ? 1024 : 512;
  return Array.from({ length: longest }, (_, index) => index + 1);
}

/** Of each length, the time of the NPU at the next standard one; null beyond the longest. */
export function paddedTimes(
  tokens: readonly number[],
  npuUs: readonly number[],
  settings: SolverSettings,
): (number | null)[] {
  const timeAt = new Map(tokens.map((count, index) => [count, npuUs[index] ?? null]));
  const standard = [...(settings.standardLengths ?? [])].sort((a, b) => a - b);
  return tokens.map((count) => {
    const next = standard.find((length) => length >= count);
    return next === undefined ? null : (timeAt.get(next) ?? null);
  });
}

/** Lengths in a row that are placed by one strategy: indices from `first` to `last`. */
export interface StrategyRun {
  readonly strategy: string;
  readonly first: number;
  readonly last: number;
}

export function strategyRuns({ placements }: ProfileCurve): StrategyRun[] {
  const runs: { strategy: string; first: number; last: number }[] = [];
  placements.forEach(({ chosen }, index) => {
    const run = runs.at(-1);
    if (run?.strategy === chosen.strategy) run.last = index;
    else runs.push({ strategy: chosen.strategy, first: index, last: index });
  });
  return runs;
}

/** Of each length, the primary's part of the work, 0 to 1. */
export function primaryShares({ placements }: ProfileCurve, n: number, tokens: readonly number[]): number[] {
  return placements.map(({ chosen }, index) => primaryShare(chosen, n, tokens[index] ?? 1));
}

/** The lengths around `index` at which the NPU takes as long: its step. */
export function stepAround(npuUs: readonly number[], index: number): { readonly first: number; readonly last: number } {
  const here = npuUs[index] ?? 0;
  const same = (at: number): boolean => Math.abs((npuUs[at] ?? NaN) - here) <= here * 1e-6;
  let first = index;
  let last = index;
  while (same(first - 1)) first--;
  while (same(last + 1)) last++;
  return { first, last };
}

/** A standard length that this many tokens would fill better than the next one that there is; undefined: one fits. */
export function worthTrying(tokens: number, settings: SolverSettings): number | undefined {
  const step = 32;
  const better = Math.ceil(tokens / step) * step;
  return settings.standardLengths?.includes(better) === true || tokens < 2 ? undefined : better;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
