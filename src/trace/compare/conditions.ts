import type { Counter, Trace } from "../trace";

/** The state of the device in a stretch, as its counters tell; absent where it has none. */
export interface Conditions {
  /** Mean of each clock, in the counter's unit, by track name. */
  readonly clocks: ReadonlyMap<string, number>;
  /** Mean temperature in °C. */
  readonly temperature?: number;
}

export function conditionsIn(trace: Trace, from: number, to: number): Conditions {
  const clocks = new Map<string, number>();
  let temperature: number | undefined;
  for (const counter of trace.counters) {
    const name = trace.tracks[counter.track]?.name ?? "";
    const mean = meanIn(counter, from, to);
    if (mean === undefined) continue;
    if (name.endsWith("clock")) clocks.set(name, mean);
    else if (name === "Temperature") temperature = mean;
  }
  return { clocks, ...(temperature === undefined ? {} : { temperature }) };
}

/** Mean over time of a counter that holds each value until the next; undefined where it says nothing of the stretch. */
export function meanIn({ time, value }: Counter, from: number, to: number): number | undefined {
  let sum = 0;
  let covered = 0;
  for (let i = 0; i < time.length; i++) {
    const begin = Math.max(from, time[i] as number);
    const end = Math.min(to, time[i + 1] ?? Infinity);
    if (end <= begin) continue;
    sum += (value[i] as number) * (end - begin);
    covered += end - begin;
  }
  return covered > 0 ? sum / covered : undefined;
}
