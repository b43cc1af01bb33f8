import type { SolverSettings } from "../agent/protocol.gen";
import { difference } from "../base/difference";
import type { ProgressListener } from "../base/progress";
import { type Failure, type Result, failure, success } from "../base/result";
import { neighbours } from "../plan/neighbours";
import { type Goal, paretoFront } from "../plan/pareto";
import { decodeRate, prefillRate } from "../plan/prediction";
import { leanSettings } from "../plan/settingsModel";
import type { AutotuneOutcome, Choice, Trial } from "../plan/tuning";
import type { Solve } from "./sweep";
import type { Trials } from "./trials";

/** Modeled energy of a whole run in J; undefined where no power is stated. */
export type ModelEnergy = (settings: SolverSettings, signal: AbortSignal) => Promise<Result<number | undefined>>;

export interface AutotuneRequest {
  readonly start: SolverSettings;
  /** Length of the prompts that matter. */
  readonly promptTokens: number;
  /** All of it: search and runs. */
  readonly budgetMs: number;
  /** Confirms the best on a device; absent: predictions only. */
  readonly trials?: Trials | undefined;
  /** Absent: the front is of prefill and decode. */
  readonly energy?: ModelEnergy | undefined;
}

/** Runs of each choice at most, and choices that are run beside the start. */
const mostRuns = 5;
const mostConfirmed = 3;
/** Choices whose energy is simulated, which takes longer than a prediction. */
const mostSimulated = 12;
/** The search may take this part of the budget where runs follow. */
const searchPart = 0.25;

/**
 * Climbs from the start by predictions, one setting at a time, and confirms the best of the front by runs that take turns
 * with the start. Ends at its budget, when the device stays too warm, or when it is stopped, with what it has found.
 */
export async function autotune(
  solve: Solve,
  request: AutotuneRequest,
  onFront: (outcome: AutotuneOutcome) => void,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<AutotuneOutcome>> {
  const began = Date.now();
  const left = (): number => request.budgetMs - (Date.now() - began);
  const budget = checkBudget(request.budgetMs);
  if (!budget.ok) return budget;
  const search = new Search(solve, request.promptTokens, request.energy !== undefined);
  const start = await search.predict(request.start, signal);
  if (!start.ok) return start;
  const searchMs = request.trials === undefined ? request.budgetMs : request.budgetMs * searchPart;
  let stopped = await search.climb(start.value, () => Date.now() - began < searchMs, progress, signal);
  let front = search.front(start.value, []);
  if (stopped === undefined && request.energy !== undefined) {
    const weighed = await weigh(start.value, front, request.energy, () => left() > 0, progress, signal);
    stopped = weighed.stopped;
    front = search.front(weighed.start, weighed.choices);
    onFront({ start: weighed.start, front, tried: search.tried });
    if (request.trials === undefined || stopped !== undefined)
      return success(found(weighed.start, front, search.tried, stopped));
    return success(await confirm(request.trials, weighed.start, front, search.tried, left, onFront, progress, signal));
  }
  onFront({ start: start.value, front, tried: search.tried });
  if (request.trials === undefined || stopped !== undefined)
    return success(found(start.value, front, search.tried, stopped));
  return success(await confirm(request.trials, start.value, front, search.tried, left, onFront, progress, signal));
}

function found(start: Choice, front: readonly Choice[], tried: number, stopped: Failure | undefined): AutotuneOutcome {
  return { start, front, tried, ...(stopped === undefined ? {} : { stopped }) };
}

/** Both rates count alike: a gain of 10 % in one is worth a loss of 9 % in the other. */
const gain = (choice: Choice, start: Choice): number =>
  (choice.prefill / Math.max(1e-9, start.prefill)) * (choice.decode / Math.max(1e-9, start.decode));

const goals: readonly Goal<Choice>[] = [
  { of: ({ prefill }) => prefill, better: "more" },
  { of: ({ decode }) => decode, better: "more" },
];
const energyGoal: Goal<Choice> = { of: ({ energyJ }) => energyJ ?? Infinity, better: "less" };

class Search {
  private readonly known = new Map<string, Choice>();

  constructor(
    private readonly solve: Solve,
    private readonly promptTokens: number,
    private readonly powerKnown: boolean,
  ) {}

  get tried(): number {
    return this.known.size;
  }

  async predict(settings: SolverSettings, signal: AbortSignal): Promise<Result<Choice>> {
    const lean = leanSettings(settings);
    const key = JSON.stringify(lean);
    const known = this.known.get(key);
    if (known !== undefined) return success(known);
    const solved = await this.solve(lean, signal);
    if (!solved.ok) return solved;
    const { steps } = solved.value;
    const choice = { settings: lean, prefill: prefillRate(steps, this.promptTokens), decode: decodeRate(steps) };
    this.known.set(key, choice);
    return success(choice);
  }

  /** The best neighbour of the best so far, until none is better. Gives why it ended early. */
  async climb(
    start: Choice,
    more: () => boolean,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    for (let at = start; ;) {
      let best = at;
      for (const settings of neighbours(at.settings, this.promptTokens, this.powerKnown)) {
        if (signal.aborted) return { code: "cancelled", message: "The search was stopped; what it had found is kept." };
        if (!more()) return undefined;
        progress({ stage: "Searching by prediction", done: this.tried, total: 0, unit: "steps" });
        const choice = await this.predict(settings, signal);
        if (!choice.ok) {
          if (choice.failure.code === "invalid-argument") continue;
          return choice.failure;
        }
        if (gain(choice.value, start) > gain(best, start) * 1.0005) best = choice.value;
      }
      if (best === at) return undefined;
      at = best;
    }
  }

  /** @param weighed choices that have their energy now */
  front(start: Choice, weighed: readonly Choice[]): Choice[] {
    const withEnergy = weighed.length > 0;
    const all = withEnergy ? weighed : [...this.known.values()];
    const front = paretoFront(all, withEnergy ? [...goals, energyGoal] : goals);
    return front.sort((a, b) => gain(b, start) - gain(a, start));
  }
}

async function weigh(
  start: Choice,
  front: readonly Choice[],
  energy: ModelEnergy,
  more: () => boolean,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<{ start: Choice; choices: Choice[]; stopped?: Failure }> {
  const choices: Choice[] = [];
  let weighedStart = start;
  const all = [start, ...front.filter((choice) => choice !== start)].slice(0, mostSimulated);
  for (const [index, choice] of all.entries()) {
    if (!more()) break;
    progress({ stage: "Modeling energy", done: index, total: all.length, unit: "steps" });
    const joules = await energy(choice.settings, signal);
    if (!joules.ok) return { start: weighedStart, choices, stopped: joules.failure };
    const weighed = joules.value === undefined ? choice : { ...choice, energyJ: joules.value };
    if (choice === start) weighedStart = weighed;
    choices.push(weighed);
  }
  return { start: weighedStart, choices };
}

async function confirm(
  trials: Trials,
  start: Choice,
  front: readonly Choice[],
  tried: number,
  left: () => number,
  onFront: (outcome: AutotuneOutcome) => void,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<AutotuneOutcome> {
  const same = JSON.stringify(start.settings);
  const runners = [start, ...front.filter(({ settings }) => JSON.stringify(settings) !== same).slice(0, mostConfirmed)];
  const measured = runners.map((): Trial[] => []);
  const outcome = (stopped?: Failure): AutotuneOutcome => {
    const shown = (choice: Choice): Choice => {
      const at = runners.findIndex(({ settings }) => settings === choice.settings);
      const runs = measured[at] ?? [];
      return runs.length === 0 ? choice : { ...choice, measured: [...runs] };
    };
    const whole = {
      start: shown(start),
      front: front.map(shown),
      tried,
      ...(stopped === undefined ? {} : { stopped }),
    };
    const best = confirmedBest(whole);
    return best === undefined ? whole : { ...whole, confirmed: best };
  };
  let longestMs = 0;
  if (runners.length < 2) return outcome();
  for (let round = 0; round < mostRuns; round++) {
    // Every other round runs backwards, so that a drift touches all alike.
    const order = runners.map((_, index) => (round % 2 === 0 ? index : runners.length - 1 - index));
    for (const [done, index] of order.entries()) {
      const runner = runners[index] as Choice;
      if (left() < longestMs) {
        return outcome({
          code: "budget-spent",
          message: "The time of the autotuner is spent; what it had found is kept.",
        });
      }
      progress({
        stage: `Confirming on the device, round ${round + 1} of ${mostRuns}`,
        done: round * runners.length + done,
        total: mostRuns * runners.length,
        unit: "steps",
      });
      const began = Date.now();
      const trial = await trials.run(runner.settings, progress, signal);
      if (!trial.ok) return outcome(trial.failure);
      longestMs = Math.max(longestMs, Date.now() - began);
      measured[index]?.push(trial.value);
      onFront(outcome());
    }
  }
  return outcome();
}

/** The choice with the largest measured gain that is beyond noise in one rate and not worse beyond noise in the other. */
function confirmedBest({ start, front }: Pick<AutotuneOutcome, "start" | "front">): AutotuneOutcome["confirmed"] {
  const rates = (choice: Choice, name: "prefill" | "decode"): number[] =>
    (choice.measured ?? []).flatMap((trial) => trial[name] ?? []);
  let best: { value: NonNullable<AutotuneOutcome["confirmed"]>; gain: number } | undefined;
  for (const choice of front) {
    if (choice.settings === start.settings || choice.measured === undefined) continue;
    const prefill = difference(rates(start, "prefill"), rates(choice, "prefill"));
    const decode = difference(rates(start, "decode"), rates(choice, "decode"));
    const both = [prefill, decode].flatMap((one) => one ?? []);
    const better = both.some(({ significant, part }) => significant && part > 0);
    const worse = both.some(({ significant, part }) => significant && part < 0);
    const total = both.reduce((product, { part }) => product * (1 + part), 1);
    if (!better || worse || total <= (best?.gain ?? 1)) continue;
    best = {
      value: {
        choice,
        ...(prefill === undefined ? {} : { prefill }),
        ...(decode === undefined ? {} : { decode }),
      },
      gain: total,
    };
  }
  return best?.value;
}

/** Whether there is time enough to be worth a start. */
function checkBudget(budgetMs: number): Result<void> {
  return budgetMs >= 1000
    ? success()
    : failure("invalid-setting", "The autotuner needs at least one second: give it more time.");
}
