import type { Failure, Result } from "../../src/base/result";
import type { SolvedPlan, SimulateResult } from "../../src/plan/prediction";
import type { SolverSettings } from "../../src/plan/types";

export interface PredictorHost {
  readonly solve: (settings: SolverSettings, lengths: readonly number[]) => Promise<Result<SolvedPlan>>;
  readonly simulate: (settings: SolverSettings) => Promise<Result<SimulateResult>>;
}

/** What is predicted for the run's own settings and for those of the controls. */
export interface Prediction {
  readonly now: SolvedPlan | undefined;
  readonly next: SolvedPlan | undefined;
  /** Modeled; undefined while it is worked out, or where it cannot be. */
  readonly energyNow: number | undefined;
  readonly energyNext: number | undefined;
  /** Why there is no prediction for the controls as they are. */
  readonly problem: Failure | undefined;
}

export const noPrediction: Prediction = {
  now: undefined,
  next: undefined,
  energyNow: undefined,
  energyNext: undefined,
  problem: undefined,
};

/** Energy takes a whole simulation, so it waits until the controls rest. */
const restMs = 200;

/** Asks for predictions while a control moves: one question at a time, then the latest. */
export class Predictor {
  private wanted: SolverSettings | undefined;
  private asking = false;
  private resting: number | undefined;
  private current = noPrediction;

  constructor(
    private readonly host: PredictorHost,
    private readonly lengths: readonly number[],
    private readonly changed: (prediction: Prediction) => void,
  ) {}

  /** Of the run itself, what all else is compared with. */
  async begin(now: SolverSettings): Promise<void> {
    const solved = await this.host.solve(now, this.lengths);
    if (solved.ok) this.set({ now: solved.value, next: solved.value, problem: undefined });
    else this.set({ problem: solved.failure });
    const energy = await this.energy(now);
    this.set({ energyNow: energy, energyNext: this.current.energyNext ?? energy });
  }

  ask(settings: SolverSettings): void {
    this.wanted = settings;
    clearTimeout(this.resting);
    if (!this.asking) void this.work();
  }

  private async work(): Promise<void> {
    this.asking = true;
    for (let settings = this.take(); settings !== undefined;) {
      const solved = await this.host.solve(settings, this.lengths);
      if (solved.ok) this.set({ next: solved.value, problem: undefined, energyNext: undefined });
      else if (solved.failure.code !== "superseded") this.set({ problem: solved.failure });
      const later = this.take();
      if (later === undefined && solved.ok) this.rest(settings);
      settings = later;
    }
    this.asking = false;
  }

  private take(): SolverSettings | undefined {
    const { wanted } = this;
    this.wanted = undefined;
    return wanted;
  }

  private rest(settings: SolverSettings): void {
    this.resting = window.setTimeout(() => {
      void this.energy(settings).then((energyNext) => {
        if (!this.asking) this.set({ energyNext });
      });
    }, restMs);
  }

  private async energy(settings: SolverSettings): Promise<number | undefined> {
    const run = await this.host.simulate(settings);
    if (!run.ok || !run.value.energy.known) return undefined;
    return run.value.energy.prefillJ + run.value.energy.decodeJ;
  }

  private set(change: Partial<Prediction>): void {
    this.current = { ...this.current, ...change };
    this.changed(this.current);
  }
}
