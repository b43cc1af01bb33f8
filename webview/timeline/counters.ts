import type { Counter } from "../../src/trace/trace";
import { bytes, figures, fixed, join, narrowSpace } from "../shared/format";

/** A counter's value with its unit: bytes scaled, kHz as GHz. */
export function counterText(value: number, unit: string): string {
  if (unit === "B") return join(bytes(value));
  if (unit === "kHz") return `${fixed(value / 1e6, 2)}${narrowSpace}GHz`;
  return figures(value) + (unit === "" ? "" : narrowSpace + unit);
}

export interface CounterScale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** Ends of an axis between which two ticks are plain numbers. */
const roundFactors = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10] as const;

/** From zero, but for temperatures: those from 34 to 44 °C, or wider where needed. Source: design, section 4. */
export function counterScale(least: number, most: number, unit: string): CounterScale {
  if (unit === "°C") {
    const low = Math.min(34, Math.floor(least));
    const high = Math.max(44, Math.ceil(most));
    return { low, high, ticks: [low + (high - low) * 0.4, low + (high - low) * 0.8].map(Math.round) };
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9)));
  const high = (roundFactors.find((factor) => factor * power >= most) ?? 10) * power;
  return { low: Math.min(0, least), high, ticks: [high / 2, high] };
}

/** Ticks in the unit of the highest value, which the highest tick names. */
export function tickTexts({ high, ticks }: CounterScale, unit: string): string[] {
  const [factor, shown] = axisUnit(high, unit);
  return ticks.map((tick, index) => {
    const text = String(Math.round(tick * factor * 100) / 100);
    return index === ticks.length - 1 && shown !== "" ? text + narrowSpace + shown : text;
  });
}

function axisUnit(high: number, unit: string): readonly [factor: number, shown: string] {
  if (unit === "kHz") return [1e-6, "GHz"];
  if (unit !== "B") return [1, unit];
  const scaled = bytes(high);
  return [Number(scaled.value.replaceAll(narrowSpace, "")) / high, scaled.unit];
}

export interface CounterRange {
  readonly least: number;
  readonly most: number;
  /** Mean over time, each value held until the next. */
  readonly mean: number;
}

/** What a counter did in a stretch of time; undefined before its first value. */
export function counterRange({ time, value }: Counter, from: number, to: number): CounterRange | undefined {
  const first = lastUntil(time, from);
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  let covered = 0;
  for (let at = Math.max(0, first); at < time.length && (time[at] as number) <= to; at++) {
    const now = value[at] as number;
    least = Math.min(least, now);
    most = Math.max(most, now);
    const lasts = Math.min(to, time[at + 1] ?? to) - Math.max(from, time[at] as number);
    sum += now * lasts;
    covered += lasts;
  }
  if (least === Infinity) return undefined;
  return { least, most, mean: covered > 0 ? sum / covered : least };
}

/** The last of ascending times that is not after `at`; −1 where all are. */
export function lastUntil(time: Float64Array, at: number): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
