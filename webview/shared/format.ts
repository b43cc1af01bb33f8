// Numbers as the design writes them: unit after a narrow space, a real minus sign, thousands apart, – for nothing.

/** A number and its unit apart, so that the unit can be set smaller. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

export const narrowSpace = "\u202f";
export const nothing = "–";

export function join(quantity: Quantity): string {
  return quantity.unit === "" ? quantity.value : quantity.value + narrowSpace + quantity.unit;
}

/** Three significant figures, never an exponent: 0.42, 3.55, 12.5, 236, 1 076. */
export function figures(x: number): string {
  const size = Math.abs(x);
  if (!Number.isFinite(x)) return nothing;
  if (size >= 99.95) return thousands(x);
  if (size >= 9.995) return fixed(x, 1);
  return size === 0 ? "0" : fixed(x, 2);
}

export function fixed(x: number, digits: number): string {
  if (!Number.isFinite(x)) return nothing;
  const text = Math.abs(x).toFixed(digits);
  const [whole = "0", fraction] = text.split(".");
  const sign = x < 0 && Number(text) !== 0 ? "−" : "";
  return sign + group(whole) + (fraction === undefined ? "" : `.${fraction}`);
}

export function thousands(x: number): string {
  return fixed(x, 0);
}

/** "1 token", "1 500 tokens". */
export function tokenCount(tokens: number): string {
  return `${thousands(tokens)} ${tokens === 1 ? "token" : "tokens"}`;
}

/** @param ns nanoseconds. µs below 1 ms, then ms, then s. */
export function duration(ns: number): Quantity {
  const size = Math.abs(ns);
  if (size < 999_500) return { value: size < 99_950 ? figures(ns / 1e3) : thousands(ns / 1e3), unit: "µs" };
  if (size < 999_500_000) return { value: figures(ns / 1e6), unit: "ms" };
  return { value: figures(ns / 1e9), unit: "s" };
}

export function durationText(ns: number): string {
  return join(duration(ns));
}

/** Decimal units, as storage and bandwidth are given: kB, MB, GB. */
export function bytes(count: number): Quantity {
  return scaled(count, ["B", "kB", "MB", "GB", "TB"]);
}

/** Counts of operations: 18.0 G. */
export function operations(count: number): Quantity {
  return scaled(count, ["", "k", "M", "G", "T", "P"]);
}

/** @param perSecond tokens per second. Two decimals below 100, none from 1000. */
export function tokenRate(perSecond: number): Quantity {
  return { value: fixed(perSecond, perSecond >= 1000 ? 0 : perSecond >= 100 ? 1 : 2), unit: "tok/s" };
}

/** @param part 0 to 1. One decimal below 2 %. */
export function percent(part: number): Quantity {
  const value = part * 100;
  return { value: value !== 0 && Math.abs(value) < 2 ? fixed(value, 1) : fixed(value, 0), unit: "%" };
}

/** @param part relative difference, with its sign: −1.1 %. */
export function signedPercent(part: number): string {
  if (!Number.isFinite(part)) return nothing;
  const text = fixed(part * 100, 1);
  return (text.startsWith("−") ? text : `+${text}`) + narrowSpace + "%";
}

function scaled(count: number, units: readonly string[]): Quantity {
  let step = 0;
  let value = count;
  while (Math.abs(value) >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return { value: step === 0 ? thousands(value) : figures(value), unit: units[step] ?? "" };
}

function group(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, narrowSpace);
}
