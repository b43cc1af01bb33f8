// What tuning finds out, for code that may not know how it was found.
import type { SolverSettings } from "../agent/protocol.gen";
import type { Difference } from "../base/difference";
import type { Failure } from "../base/result";
import type { SweepAxis } from "./sweepAxes";

/** One measured run. Rates in tokens per second. */
export interface Trial {
  readonly prefill?: number;
  readonly decode?: number;
  /** Before the run, where the device tells it. */
  readonly celsius?: number;
}

export interface AbSamples {
  readonly a: readonly Trial[];
  readonly b: readonly Trial[];
}

/** Where an A/B test stands; all of it measured on the device. */
export interface AbState {
  readonly samples: AbSamples;
  /** Undefined while one of the two has no run. */
  readonly prefill: Difference | undefined;
  readonly decode: Difference | undefined;
  /** Why there are fewer runs than were asked for; what was measured until then holds. */
  readonly stopped?: Failure;
}

export interface SweepPoint {
  readonly settings: SolverSettings;
  /** Predicted, in tokens per second; absent where the settings are refused. */
  readonly predicted?: { readonly prefill: number; readonly decode: number };
  /** Measured on the device; absent where nobody asked. */
  readonly measured?: Trial;
  /** Why a point has no figure. */
  readonly problem?: Failure;
}

export interface SweepOutcome {
  readonly axes: readonly SweepAxis[];
  /** All combinations, the last axis fastest; shorter where the sweep was stopped. */
  readonly points: readonly SweepPoint[];
  readonly stopped?: Failure;
}

/** Settings that the autotuner found. */
export interface Choice {
  readonly settings: SolverSettings;
  /** Predicted, in tokens per second. */
  readonly prefill: number;
  readonly decode: number;
  /** Modeled, of a run of the prompt and 32 tokens. */
  readonly energyJ?: number;
  /** On the device. */
  readonly measured?: readonly Trial[];
}

export interface AutotuneOutcome {
  readonly start: Choice;
  /** Choices that no other one beats, by prediction; the most balanced gain first. */
  readonly front: readonly Choice[];
  /** Of the front, the one whose measured gain over the start is beyond noise. */
  readonly confirmed?: { readonly choice: Choice; readonly prefill?: Difference; readonly decode?: Difference };
  /** Settings that were predicted. */
  readonly tried: number;
  /** Why it ended before it was done. What was found until then holds. */
  readonly stopped?: Failure;
}
