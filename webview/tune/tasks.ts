import type { Failure, Result } from "../../src/base/result";
import type { Progress } from "../../src/base/progress";
import type { SweepAxis } from "../../src/plan/sweepAxes";
import type { AbState, AutotuneOutcome, SweepOutcome } from "../../src/plan/tuning";
import type { SolverSettings } from "../../src/plan/types";
import type { Channel } from "../../src/ui/messages/channel";
import type { TuneHost, TunePage, TuneTask } from "../../src/ui/messages/tune";

/** What works now, and what the last ones of each kind found. */
export interface TasksState {
  readonly working:
    { readonly task: TuneTask; readonly progress: Progress | undefined; readonly stopping: boolean } | undefined;
  readonly ab: { readonly settings: SolverSettings; readonly state: AbState } | undefined;
  readonly sweep: SweepOutcome | undefined;
  readonly autotune: AutotuneOutcome | undefined;
  /** Why a task gave nothing. */
  readonly problem: { readonly task: TuneTask; readonly failure: Failure } | undefined;
}

export const runsOfEach = 5;

/** Starts, follows and stops what takes time; one at a time. */
export class Tasks {
  state: TasksState = { working: undefined, ab: undefined, sweep: undefined, autotune: undefined, problem: undefined };
  private abSettings: SolverSettings = {};

  constructor(
    private readonly channel: () => Channel<TunePage, TuneHost> | undefined,
    private readonly changed: () => void,
  ) {}

  async abTest(settings: SolverSettings, more: boolean): Promise<void> {
    this.abSettings = settings;
    if (!more) this.set({ ab: undefined });
    const state = await this.run("abTest", (channel) =>
      channel.request("abTest", { settings, runs: runsOfEach, more }),
    );
    if (state !== undefined) this.set({ ab: { settings, state } });
  }

  async sweep(settings: SolverSettings, axes: readonly SweepAxis[], measure: boolean): Promise<void> {
    const outcome = await this.run("sweep", (channel) => channel.request("sweep", { settings, axes, measure }));
    if (outcome !== undefined) this.set({ sweep: outcome });
  }

  async autotune(settings: SolverSettings, seconds: number, gateCelsius: number, measure: boolean): Promise<void> {
    this.set({ autotune: undefined });
    const outcome = await this.run("autotune", (channel) =>
      channel.request("autotune", { settings, seconds, gateCelsius, measure }),
    );
    if (outcome !== undefined) this.set({ autotune: outcome });
  }

  /** What was found until now comes as the answer. */
  stop(): void {
    const { working } = this.state;
    if (working === undefined) return;
    this.channel()?.emit("stop", null);
    this.set({ working: { ...working, stopping: true } });
  }

  progress(task: TuneTask, progress: Progress): void {
    const { working } = this.state;
    if (working?.task === task) this.set({ working: { ...working, progress } });
  }

  partialAb(state: AbState): void {
    this.set({ ab: { settings: this.abSettings, state } });
  }

  partialAutotune(outcome: AutotuneOutcome): void {
    this.set({ autotune: outcome });
  }

  private async run<T>(
    task: TuneTask,
    ask: (channel: Channel<TunePage, TuneHost>) => Promise<Result<T>>,
  ): Promise<T | undefined> {
    const channel = this.channel();
    if (channel === undefined || this.state.working !== undefined) return undefined;
    this.set({ working: { task, progress: undefined, stopping: false }, problem: undefined });
    const answer = await ask(channel);
    this.set({ working: undefined });
    if (answer.ok) return answer.value;
    if (answer.failure.code !== "cancelled") this.set({ problem: { task, failure: answer.failure } });
    return undefined;
  }

  private set(change: Partial<TasksState>): void {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}
