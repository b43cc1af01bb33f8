import type { SolverSettings } from "../../plan/types";
import type { Failure } from "../../base/result";
import type { Progress } from "../../base/progress";
import type { SolvedPlan, SimulateResult } from "../../plan/prediction";
import type { SweepAxis } from "../../plan/sweepAxes";
import type { AbState, AutotuneOutcome, SweepOutcome } from "../../plan/tuning";

/** The run whose plan is tuned. */
export interface TuneSubject {
  /** "the run of 14:05, Xiaomi 14, 256 + 32 tokens" */
  readonly title: string;
  readonly origin: "measured" | "modeled";
  /** Settings that the run had. */
  readonly now: SolverSettings;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** Tokens of the plan's longest step. */
  readonly longestStep: number;
  /** Rates that the run had, in tokens per second; 0 where it had none. */
  readonly prefill: number;
  readonly decode: number;
  /** What stands behind predictions: "the profile of Xiaomi 14", "the description Snapdragon 8 Gen 3". */
  readonly costs: string;
  /** µs of a join, as the costs have it. */
  readonly joinUs?: { readonly fast: number; readonly driver: number };
}

/** Where settings can be measured, or why nowhere. */
export type TuneDevice =
  | { readonly ready: true; readonly name: string; readonly celsius?: number; readonly gateCelsius: number }
  | { readonly ready: false; readonly reason: string };

export interface TuneState {
  /** Null while there is nothing to tune; `problem` says why. */
  readonly subject: TuneSubject | null;
  readonly problem: Failure | null;
  readonly device: TuneDevice;
  /** The file that Save writes; `text` is null where there is none yet. */
  readonly file: { readonly name: string; readonly text: string | null; readonly writable: boolean };
}

/** What takes time, one at a time. */
export type TuneTask = "abTest" | "sweep" | "autotune";

/** What the extension does for the tune page. One task at a time. */
export type TuneHost = {
  readonly requests: {
    readonly ready: { readonly params: null; readonly result: TuneState };
    /** @param lengths steps whose placements are wanted. Of several only the latest is answered; others: `superseded`. */
    readonly solve: {
      readonly params: { readonly settings: SolverSettings; readonly lengths: readonly number[] };
      readonly result: SolvedPlan;
    };
    readonly simulate: { readonly params: { readonly settings: SolverSettings }; readonly result: SimulateResult };
    /** @param more goes on with the runs of the last test of these settings. */
    readonly abTest: {
      readonly params: { readonly settings: SolverSettings; readonly runs: number; readonly more: boolean };
      readonly result: AbState;
    };
    readonly sweep: {
      readonly params: {
        readonly settings: SolverSettings;
        readonly axes: readonly SweepAxis[];
        readonly measure: boolean;
      };
      readonly result: SweepOutcome;
    };
    readonly autotune: {
      readonly params: {
        readonly settings: SolverSettings;
        readonly seconds: number;
        readonly gateCelsius: number;
        readonly measure: boolean;
      };
      readonly result: AutotuneOutcome;
    };
    readonly save: { readonly params: { readonly settings: SolverSettings }; readonly result: null };
  };
  readonly events: {
    /** Ends the task that works; its request is answered with what it has. */
    readonly stop: null;
  };
};

/** What the tune page does for the extension. */
export type TunePage = {
  readonly requests: Readonly<Record<string, never>>;
  readonly events: {
    readonly state: TuneState;
    readonly progress: { readonly task: TuneTask; readonly progress: Progress };
    readonly ab: AbState;
    readonly autotune: AutotuneOutcome;
  };
};
