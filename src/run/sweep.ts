import type { SolverSettings } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Failure, type Result, failure, success } from "../base/result";
import { type SolvedPlan, decodeRate, prefillRate } from "../plan/prediction";
import { type SweepAxis, sweepPoints } from "../plan/sweepAxes";
import type { SweepOutcome, SweepPoint } from "../plan/tuning";
import type { Trials } from "./trials";

/** Solves a plan with these settings; the model and the costs are whose it is. */
export type Solve = (settings: SolverSettings, signal: AbortSignal) => Promise<Result<SolvedPlan>>;

export interface SweepRequest {
  /** What the swept settings change. */
  readonly base: SolverSettings;
  readonly axes: readonly SweepAxis[];
  /** Tokens of the prompt whose rate is predicted. */
  readonly promptTokens: number;
  /** Measures each point on a device, too; absent: predictions only. */
  readonly trials?: Trials | undefined;
}

/**
 * Steps through one or two settings. `onPoint` gets each point when it is known. Settings that contradict each other give
 * a point with its problem; a sweep that ends early keeps its points.
 */
export async function sweep(
  solve: Solve,
  { base, axes, promptTokens, trials }: SweepRequest,
  onPoint: (point: SweepPoint, index: number) => void,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<SweepOutcome>> {
  const points = sweepPoints(base, axes);
  if (!points.ok) return points;
  const known: SweepPoint[] = [];
  const total = points.value.length;
  for (const [index, settings] of points.value.entries()) {
    progress({ stage: "Sweeping", done: index, total, unit: "steps" });
    const solved = signal.aborted ? failure("cancelled", "The sweep was stopped.") : await solve(settings, signal);
    if (!solved.ok && endsSweep(solved.failure)) {
      return known.length === 0 ? solved : success({ axes, points: known, stopped: solved.failure });
    }
    let point: SweepPoint = solved.ok
      ? predictedPoint(settings, solved.value, promptTokens)
      : { settings, problem: solved.failure };
    if (solved.ok && trials !== undefined) {
      const trial = await trials.run(settings, () => undefined, signal);
      if (!trial.ok && endsSweep(trial.failure)) {
        known.push(point);
        onPoint(point, index);
        return success({ axes, points: known, stopped: trial.failure });
      }
      point = trial.ok ? { ...point, measured: trial.value } : { ...point, problem: trial.failure };
    }
    known.push(point);
    onPoint(point, index);
  }
  return success({ axes, points: known });
}

function predictedPoint(settings: SolverSettings, { steps }: SolvedPlan, promptTokens: number): SweepPoint {
  return { settings, predicted: { prefill: prefillRate(steps, promptTokens), decode: decodeRate(steps) } };
}

/** What is wrong with one point is no reason to leave the others out. */
function endsSweep({ code }: Failure): boolean {
  return code !== "invalid-argument";
}
