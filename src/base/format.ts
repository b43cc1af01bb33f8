// Numbers as people read them. The unit follows a narrow no-break space; GB are 10^9 bytes; the minus sign is a real one.

const narrow = "\u202f";

/** Three significant figures, no exponent: 0.0123, 1.23, 12.3, 123, 12 345 (thousands by narrow space). */
export function figures(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? "\u2212" : "";
  if (size === 0) return "0";
  if (size >= 100) {
    return sign + String(Math.round(size)).replace(/\B(?=(\d{3})+(?!\d))/g, narrow);
  }
  const decimals = size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return sign + size.toFixed(decimals);
}

const byteUnits = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** 4.34 GB, 772 MB, 12.0 kB, 17 B. */
export function bytes(value: number): string {
  const [unit, scale] = byteUnits.find(([, least]) => value >= least) ?? (["B", 1] as const);
  return `${unit === "B" ? Math.round(value) : figures(value / scale)}${narrow}${unit}`;
}

/** "3.06 of 4.34 GB": both in the unit of the whole. */
export function bytesOf(part: number, whole: number): string {
  const [unit, scale] = byteUnits.find(([, least]) => whole >= least) ?? (["B", 1] as const);
  return `${figures(part / scale)} of ${figures(whole / scale)}${narrow}${unit}`;
}

/** 850 µs, 12.3 ms, 1.08 s, 3 min. */
export function duration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)}${narrow}µs`;
  if (ms < 1000) return `${figures(ms)}${narrow}ms`;
  if (ms < 120_000) return `${figures(ms / 1000)}${narrow}s`;
  return `${Math.round(ms / 60_000)}${narrow}min`;
}

/** Whole seconds below two minutes, then minutes: for time that is left. */
export function timeLeft(seconds: number): string {
  if (seconds < 1) return `under 1${narrow}s left`;
  if (seconds < 120) return `${Math.round(seconds)}${narrow}s left`;
  return `${Math.round(seconds / 60)}${narrow}min left`;
}

/** 12.9 tok/s. */
export function tokenRate(perSecond: number): string {
  return `${figures(perSecond)}${narrow}tok/s`;
}

/** 37.9 °C. */
export function temperature(celsius: number): string {
  return `${celsius.toFixed(1)}${narrow}°C`;
}

/** 8.03 B, 260 k: parameters of a model. */
export function parameters(count: number): string {
  if (count >= 1e9) return `${figures(count / 1e9)}${narrow}B`;
  if (count >= 1e6) return `${figures(count / 1e6)}${narrow}M`;
  return count >= 1e3 ? `${figures(count / 1e3)}${narrow}k` : String(count);
}
