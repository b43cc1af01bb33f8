/** Bytes in decimal units with three significant figures, as storage and adb count them: "3.06 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? String(Math.round(value)) : significant(value)} ${units[unit] ?? ""}`;
}

/** Seconds as a person would say them: "850 ms", "12.4 s", "3 min 20 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${significant(seconds * 1000)} ms`;
  if (seconds < 99.95) return `${significant(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Three significant figures without an exponent: 0.12, 4.56, 78.9, 1234. */
export function significant(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 99.95) return value.toFixed(0);
  if (magnitude >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/** Counts as model names give them: "1.24 B", "260 k". */
export function formatCount(count: number): string {
  if (count < 999.5) return String(count);
  if (count < 999.5e3) return `${significant(count / 1e3)} k`;
  if (count < 999.5e6) return `${significant(count / 1e6)} M`;
  return `${significant(count / 1e9)} B`;
}
