import type { LengthPlan, PlanSolveResult } from "../agent/protocol.gen";

export type { SimulateResult } from "../agent/protocol.gen";

/** Predicted time of steps of `first` to `last` tokens, solved at `length`. */
export type StepTime = Omit<LengthPlan, "placement">;

/** A solved plan as far as it is looked at. */
export interface SolvedPlan extends Omit<PlanSolveResult, "steps"> {
  /** Of all numbers of tokens, ascending without gaps. */
  readonly steps: readonly StepTime[];
}

/** The placements of steps of these lengths, without what lost: an 8B plan then fits into a message while a slider moves. */
export function solvedAt(result: PlanSolveResult, lengths: readonly number[]): SolvedPlan {
  const steps = result.plan.lengths.map(({ first, last, length, stepUs, primaryBusyUs, npuBusyUs }) => {
    return { first, last, length, stepUs, primaryBusyUs, npuBusyUs };
  });
  const kept = result.plan.lengths.filter(({ first, last }) =>
    lengths.some((tokens) => first <= tokens && tokens <= last),
  );
  const numbers = [...new Set(kept.flatMap(({ placement }) => placement))];
  const renumbered = new Map(numbers.map((number, index) => [number, index]));
  const placements = numbers.flatMap((number) => {
    const placement = result.plan.placements[number];
    return placement === undefined ? [] : [{ ...placement, lost: [] }];
  });
  const spans = kept.map((span) => ({
    ...span,
    placement: span.placement.map((number) => renumbered.get(number) ?? 0),
  }));
  return { ...result, plan: { ...result.plan, placements, lengths: spans }, steps };
}

/** The span of a step of this many tokens; the longest where `tokens` is beyond it. */
export function stepOf(steps: readonly StepTime[], tokens: number): StepTime | undefined {
  return steps.find(({ last }) => tokens <= last) ?? steps.at(-1);
}

/**
 * Predicted time in µs of a prompt at an empty context: steps as long as the plan has them, then the rest. A step costs
 * what its span costs. Positions are not modeled, so attention over earlier steps is left out.
 */
export function prefillUs(steps: readonly StepTime[], tokens: number): number {
  const longest = steps.at(-1);
  if (longest === undefined || tokens <= 0) return 0;
  const whole = Math.floor(tokens / longest.last);
  const rest = tokens - whole * longest.last;
  return whole * longest.stepUs + (rest > 0 ? (stepOf(steps, rest)?.stepUs ?? 0) : 0);
}

/** Tokens per second; 0 where nothing is predicted. */
export function prefillRate(steps: readonly StepTime[], tokens: number): number {
  const us = prefillUs(steps, tokens);
  return us > 0 ? (tokens * 1e6) / us : 0;
}

/** Tokens per second of steps of one token. */
export function decodeRate(steps: readonly StepTime[]): number {
  return prefillRate(steps, 1);
}

/** Part of a step's time in which the primary is busy, 0 to 1. */
export function primaryShareOf(steps: readonly StepTime[], tokens: number): number {
  const step = stepOf(steps, tokens);
  return step === undefined || step.stepUs <= 0 ? 0 : Math.min(1, step.primaryBusyUs / step.stepUs);
}

/** Prompt lengths of a curve: the ends of the spans, where the steps of the curve stand, and their begins. */
export function curveLengths(steps: readonly StepTime[], most: number): number[] {
  const ends = steps.flatMap(({ first, last }) => [first, last]);
  return [...new Set([...ends, most])].filter((tokens) => tokens > 1 && tokens <= most).sort((a, b) => a - b);
}
