import type { SolverSettings } from "../../agent/protocol.gen";
import { type Result, success } from "../../base/result";
import type { Handlers } from "../messages/channel";
import type { TuneHost, TuneState } from "../messages/tune";
import type { Tuner } from "./tuner";

export interface TuneHandlersDeps {
  /** As it is now; a failure where the run cannot be tuned. */
  readonly tuner: () => Result<Tuner>;
  /** Reads the run and says where things stand. */
  readonly ready: () => Promise<TuneState>;
  readonly save: (settings: SolverSettings) => Promise<Result<null>>;
}

/** What the extension answers the tune page. Knows nothing of windows. */
export function tuneHandlers({ tuner, ready, save }: TuneHandlersDeps): Handlers<TuneHost> {
  const ask = <T>(work: (tuner: Tuner) => Promise<Result<T>>): Promise<Result<T>> => {
    const it = tuner();
    return it.ok ? work(it.value) : Promise.resolve(it);
  };
  return {
    ready: async () => success(await ready()),
    solve: ({ settings, lengths }, signal) => ask((it) => it.solve(settings, lengths, signal)),
    simulate: ({ settings }, signal) => ask((it) => it.simulate(settings, signal)),
    abTest: ({ settings, runs, more }, signal) => ask((it) => it.abTest(settings, runs, more, signal)),
    sweep: ({ settings, axes, measure }, signal) => ask((it) => it.sweep(settings, axes, measure, signal)),
    autotune: ({ settings, seconds, gateCelsius, measure }, signal) =>
      ask((it) => it.autotune(settings, seconds, gateCelsius, measure, signal)),
    save: ({ settings }) => ask(() => save(settings)),
  };
}
