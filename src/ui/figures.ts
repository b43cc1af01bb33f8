// Figures of the trees, notifications and the status bar that src/base/units.ts does not have.
import { formatBytes, significant } from "../base/units";

/** "3.06 of 4.34 GB": both in the unit of the whole. */
export function bytesOf(part: number, whole: number): string {
  const [figure = "", unit = "B"] = formatBytes(whole).split(" ");
  const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit] ?? 1;
  return `${unit === "B" ? String(part) : significant(part / scale)} of ${figure} ${unit}`;
}

/** Seconds below two minutes, then minutes: "12 s left". */
export function timeLeft(seconds: number): string {
  if (seconds < 1) return "under 1 s left";
  return seconds < 120 ? `${Math.round(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
}

/** "12.9 tok/s". */
export function tokenRate(perSecond: number): string {
  return `${significant(perSecond)} tok/s`;
}

/** "37.9 °C". */
export function temperature(celsius: number): string {
  return `${celsius.toFixed(1)} °C`;
}
