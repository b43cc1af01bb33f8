import type { SolverSettings } from "../agent/protocol.gen";
import { type Difference, difference } from "../base/difference";
import type { ProgressListener } from "../base/progress";
import { type Failure, type Result, success } from "../base/result";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";
import type { AbSamples, AbState, Trial } from "../plan/tuning";
import { type TrialSubject, Trials } from "./trials";

export interface AbRequest extends TrialSubject {
  readonly a: SolverSettings;
  readonly b: SolverSettings;
  /** Of each of the two. */
  readonly runs: number;
  /** Runs of the same two settings that were made before; they count with the new ones. */
  readonly earlier?: AbSamples | undefined;
}

export interface AbOutcome extends AbState {
  readonly model: LoadedModel;
  readonly prepared: PreparedDevice;
}

/**
 * Runs two settings in turn, A B B A A B B A …, so that a drift of the device touches both alike. `onRun` gets what is
 * known after each run. A test that ends early keeps its runs; only one without any run fails.
 */
export async function abTest(
  environment: { readonly sessions: AgentSessions },
  request: AbRequest,
  onRun: (state: AbState) => void,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<AbOutcome>> {
  const opened = await Trials.open(environment, request, request.a, progress, signal);
  if (!opened.ok) return opened;
  const trials = opened.value;
  const samples = { a: [...(request.earlier?.a ?? [])], b: [...(request.earlier?.b ?? [])] };
  let stopped: Failure | undefined;
  try {
    const total = 2 * request.runs;
    for (let run = 0; run < total && stopped === undefined; run++) {
      const side = run % 4 === 0 || run % 4 === 3 ? "a" : "b";
      progress({
        stage: `Run ${run + 1} of ${total}, settings ${side.toUpperCase()}`,
        done: run,
        total,
        unit: "steps",
      });
      const trial = await trials.run(request[side], progress, signal);
      if (trial.ok) {
        samples[side].push(trial.value);
        onRun(judge(samples));
      } else stopped = trial.failure;
    }
  } finally {
    await trials.close();
  }
  if (stopped !== undefined && samples.a.length + samples.b.length === 0) return { ok: false, failure: stopped };
  const { model, prepared } = trials;
  return success({ ...judge(samples), ...(stopped === undefined ? {} : { stopped }), model, prepared });
}

/** The differences of what was measured so far, B against A. */
export function judge(samples: AbSamples): AbState {
  const of = (name: "prefill" | "decode"): Difference | undefined => {
    const rates = (trials: readonly Trial[]): number[] => trials.flatMap((trial) => trial[name] ?? []);
    return difference(rates(samples.a), rates(samples.b));
  };
  return { samples: { a: [...samples.a], b: [...samples.b] }, prefill: of("prefill"), decode: of("decode") };
}
