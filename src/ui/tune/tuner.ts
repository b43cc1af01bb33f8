import type { SolverSettings } from "../../agent/protocol.gen";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter } from "../../base/event";
import type { Progress, ProgressListener } from "../../base/progress";
import { type Result, failure, success } from "../../base/result";
import type { Device } from "../../device/device";
import { tandemJsonName } from "../../plan/writeTandemJson";
import type { SweepAxis } from "../../plan/sweepAxes";
import type { AbSamples, AbState, AutotuneOutcome, SweepOutcome } from "../../plan/tuning";
import { abTest } from "../../run/abTest";
import { autotune } from "../../run/autotune";
import type { AgentSessions } from "../../run/sessions";
import { sweep } from "../../run/sweep";
import { defaultGate } from "../../run/thermalGate";
import { type TrialSubject, Trials } from "../../run/trials";
import type { Question, WhatIf } from "../../run/whatIf";
import type { TuneDevice, TuneState, TuneTask } from "../messages/tune";
import { text } from "../text";
import type { Tunable } from "./subject";

/** What the tuner asks of the editor. */
export interface TunerHost {
  readonly sessions: AgentSessions;
  readonly whatIf: WhatIf;
  trusted(): boolean;
  device(id: string): Device | undefined;
  /** Whether a chat runs there just now. */
  busy(device: Device): boolean;
}

const decodeTokens = 32;

/** Tunes the plan of one run: predictions, runs on its device, one task at a time. Knows nothing of windows. */
export class Tuner implements Disposable {
  private readonly owned = new DisposableStore();
  private readonly progressed = this.owned.add(new Emitter<{ readonly task: TuneTask; readonly progress: Progress }>());
  private readonly tested = this.owned.add(new Emitter<AbState>());
  private readonly tuned = this.owned.add(new Emitter<AutotuneOutcome>());
  readonly onProgress = this.progressed.event;
  readonly onAb = this.tested.event;
  readonly onAutotune = this.tuned.event;
  private readonly slider: Question;
  private readonly searcher: Question;
  private working: TuneTask | undefined;
  private stopping = new AbortController();
  private lastAb: { readonly settings: string; readonly samples: AbSamples } | undefined;
  private celsius: number | undefined;

  constructor(
    private readonly tunable: Tunable,
    private readonly host: TunerHost,
  ) {
    this.slider = host.whatIf.open(tunable.source);
    this.searcher = host.whatIf.open(tunable.source);
  }

  dispose(): void {
    this.stop();
    this.owned.dispose();
  }

  state(fileText: string | undefined, writable: boolean): TuneState {
    return {
      subject: this.tunable.subject,
      problem: null,
      device: this.deviceState(),
      file: { name: tandemJsonName, text: fileText ?? null, writable },
    };
  }

  /** Ends the task that works; it answers with what it has. */
  stop(): void {
    this.stopping.abort();
  }

  /** Asks the device how warm it is, for the state. */
  async feel(signal: AbortSignal): Promise<void> {
    const device = this.place();
    const facts = device.ok ? await device.value.device.facts(signal) : undefined;
    this.celsius = facts?.ok === true ? facts.value.celsius : undefined;
  }

  solve(settings: SolverSettings, lengths: readonly number[], signal: AbortSignal): ReturnType<Question["solve"]> {
    return this.slider.solve(settings, lengths, signal);
  }

  simulate(settings: SolverSettings, signal: AbortSignal): ReturnType<Question["simulate"]> {
    return this.slider.simulate(settings, this.tunable.subject.promptTokens, decodeTokens, signal);
  }

  abTest(settings: SolverSettings, runs: number, more: boolean, signal: AbortSignal): Promise<Result<AbState>> {
    return this.task("abTest", signal, async (progress, either) => {
      const place = this.place();
      if (!place.ok) return place;
      const key = JSON.stringify(settings);
      const earlier = more && this.lastAb?.settings === key ? this.lastAb.samples : undefined;
      const keep = (state: AbState): void => {
        this.lastAb = { settings: key, samples: state.samples };
        this.tested.fire(state);
      };
      const request = { ...place.value, a: this.tunable.subject.now, b: settings, runs, earlier };
      const outcome = await abTest(this.host, request, keep, progress, either);
      if (!outcome.ok) return outcome;
      const { samples, prefill, decode, stopped } = outcome.value;
      this.lastAb = { settings: key, samples };
      return success({ samples, prefill, decode, ...(stopped === undefined ? {} : { stopped }) });
    });
  }

  sweep(
    base: SolverSettings,
    axes: readonly SweepAxis[],
    measure: boolean,
    signal: AbortSignal,
  ): Promise<Result<SweepOutcome>> {
    return this.task("sweep", signal, (progress, either) =>
      this.withTrials(measure, base, defaultGate.celsius, progress, either, (trials) => {
        const request = { base, axes, promptTokens: this.tunable.subject.promptTokens, trials };
        return sweep(this.search, request, () => undefined, progress, either);
      }),
    );
  }

  autotune(
    start: SolverSettings,
    seconds: number,
    gateCelsius: number,
    measure: boolean,
    signal: AbortSignal,
  ): Promise<Result<AutotuneOutcome>> {
    return this.task("autotune", signal, (progress, either) =>
      this.withTrials(measure, start, gateCelsius, progress, either, (trials) => {
        const { promptTokens } = this.tunable.subject;
        const energy = async (settings: SolverSettings, stop: AbortSignal): Promise<Result<number | undefined>> => {
          const run = await this.searcher.simulate(settings, promptTokens, decodeTokens, stop);
          if (!run.ok) return run;
          const { known, prefillJ, decodeJ } = run.value.energy;
          return success(known ? prefillJ + decodeJ : undefined);
        };
        const request = { start, promptTokens, budgetMs: seconds * 1000, trials, energy };
        return autotune(this.search, request, (outcome) => this.tuned.fire(outcome), progress, either);
      }),
    );
  }

  private readonly search = (settings: SolverSettings, signal: AbortSignal): ReturnType<Question["solve"]> =>
    this.searcher.solve(settings, [this.tunable.subject.promptTokens], signal);

  private deviceState(): TuneDevice {
    const place = this.place();
    if (!place.ok) return { ready: false, reason: place.failure.message };
    const { name } = place.value.device;
    const celsius = this.celsius === undefined ? {} : { celsius: this.celsius };
    return { ready: true, name, gateCelsius: defaultGate.celsius, ...celsius };
  }

  /** Where the run was made, as far as it can be made again. */
  private place(): Result<TrialSubject> {
    const { deviceId, modelPath, subject, source } = this.tunable;
    if (!this.host.trusted()) return failure("untrusted", text.tuneUntrusted());
    if (deviceId === undefined) return failure("simulated", text.tuneSimulated());
    const device = this.host.device(deviceId);
    if (device?.state.kind !== "ready") return failure("device-gone", text.tuneDeviceGone());
    if (modelPath === undefined) return failure("model-missing", text.tuneModelGone());
    return success({
      device,
      model: modelPath,
      threads: 0,
      processors: source.processors,
      prefill: Math.min(subject.promptTokens, subject.longestStep),
      decode: decodeTokens,
      gate: defaultGate,
    });
  }

  private async withTrials<T>(
    measure: boolean,
    first: SolverSettings,
    gateCelsius: number,
    progress: ProgressListener,
    signal: AbortSignal,
    work: (trials: Trials | undefined) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    if (!measure) return work(undefined);
    const place = this.place();
    if (!place.ok) return place;
    const subject = { ...place.value, gate: { ...defaultGate, celsius: gateCelsius } };
    const trials = await Trials.open(this.host, subject, first, progress, signal);
    if (!trials.ok) return trials;
    try {
      return await work(trials.value);
    } finally {
      await trials.value.close();
    }
  }

  private async task<T>(
    name: TuneTask,
    signal: AbortSignal,
    work: (progress: ProgressListener, signal: AbortSignal) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const place = this.place();
    const runs = place.ok && this.host.busy(place.value.device);
    if (this.working !== undefined || runs) return failure("busy", text.tuneBusy());
    this.working = name;
    this.stopping = new AbortController();
    const either = AbortSignal.any([signal, this.stopping.signal]);
    try {
      return await work((progress) => this.progressed.fire({ task: name, progress }), either);
    } finally {
      this.working = undefined;
    }
  }
}
