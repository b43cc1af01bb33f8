import type { PassComparison } from "./compare";
import type { CompareRow, PlanChange } from "./rows";

/** Part by which a step may differ and still be called the same: repetitions in one run scatter less than runs do. */
export const sameWithin = 0.005;

/** Sums a comparison up: how B differs from A in each pass, the op that did most, and why. */
export function sentence(passes: readonly PassComparison[], rows: readonly CompareRow[]): string {
  if (passes.length === 0) return "These runs have no pass in common, so there is nothing to compare.";
  const changes = passes.map((pass) => ({ pass, change: passChange(pass, rows) }));
  const changed = changes.filter(({ change }) => change !== 0);
  if (changed.length === 0) return "No difference beyond noise.";
  const verdict = changes
    .map(({ pass, change }, index) => `${index === 0 ? capital(pass.pass) : pass.pass} ${verdictOf(pass, change)}`)
    .join(", ");
  const main = changed.reduce((most, one) => (Math.abs(one.change) > Math.abs(most.change) ? one : most));
  const reason = reasonOf(main.pass, main.change, rows);
  const where = changes.length > 1 ? `in ${main.pass.pass} ` : "";
  return `${verdict}${reason === "" ? "" : `: ${where}${reason}`}.`;
}

/** Relative change of a step's time (above 0: B is slower), 0 where it lies within the noise. */
export function passChange({ pass, a, b }: PassComparison, rows: readonly CompareRow[]): number {
  if (a.stepNs === 0) return 0;
  const known = rows.filter((row) => row.pass === pass && row.errorNs !== undefined);
  const noise = 2 * Math.sqrt(known.reduce((sum, row) => sum + (row.errorNs ?? 0) ** 2, 0));
  const delta = b.stepNs - a.stepNs;
  return Math.abs(delta) <= Math.max(noise, sameWithin * a.stepNs) ? 0 : delta / a.stepNs;
}

function verdictOf({ a, b }: PassComparison, change: number): string {
  if (change === 0) return "is unchanged";
  const rates =
    a.tokensPerSecond === undefined || b.tokensPerSecond === undefined
      ? ""
      : ` (${rate(a.tokensPerSecond)} to ${rate(b.tokensPerSecond)} tok/s)`;
  return `takes ${percent(change)} ${change > 0 ? "more" : "less"} time${rates}`;
}

/** The op that moved most in the direction of the whole, or the waiting between ops where that did more. */
function reasonOf({ pass, a, b }: PassComparison, change: number, rows: readonly CompareRow[]): string {
  const sign = Math.sign(change);
  const op = rows.find((row) => row.pass === pass && row.deltaNs * sign > 0 && row.significant !== false);
  const word = sign > 0 ? "more" : "less";
  const waits = [
    ["waiting at joins", b.wall.sync - a.wall.sync],
    ["idle time", b.wall.idle - a.wall.idle],
  ] as const;
  const [wait, waited] = waits.reduce((most, one) => (one[1] * sign > most[1] * sign ? one : most));
  if (op === undefined || waited * sign > op.deltaNs * sign) {
    return waited * sign > 0 ? `${wait} takes ${time(Math.abs(waited))} ${word} a step` : "";
  }
  const cause = causeOf(op, { pass, a, b }, sign);
  return `${op.label} takes ${time(Math.abs(op.deltaNs))} ${word} a step${cause === "" ? "" : `, ${cause}`}`;
}

function causeOf(row: CompareRow, pass: PassComparison, sign: number): string {
  const [change] = row.planChanges;
  if (change !== undefined) return planText(change, row.cells);
  // A clock explains a change where it moved the other way by more than a few per cent.
  for (const [name, clock] of pass.a.conditions.clocks) {
    const other = pass.b.conditions.clocks.get(name);
    if (other === undefined || clock === 0) continue;
    const moved = other / clock - 1;
    if (moved * sign < -0.02) return `with the ${name} ${percent(moved)} ${moved < 0 ? "lower" : "higher"}`;
  }
  const [from, to] = [pass.a.conditions.temperature, pass.b.conditions.temperature];
  if (from !== undefined && to !== undefined && (to - from) * sign >= 2) {
    return `with the device ${Math.abs(to - from).toFixed(0)} °C ${to > from ? "warmer" : "cooler"}`;
  }
  return "with the same plan";
}

function planText({ what, from, to, layers }: PlanChange, cells: number): string {
  const where = cells > 1 ? ` in ${String(layers)} of ${String(cells)} layers` : "";
  if (what === "strategy") return `placed as ${to} in place of ${from}${where}`;
  if (what === "processors") return `run on ${to} in place of ${from}${where}`;
  return `with ${to} of it on the NPU in place of ${from}${where}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const rate = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const percent = (part: number): string => `${(100 * Math.abs(part)).toFixed(Math.abs(part) < 0.1 ? 1 : 0)} %`;

function time(ns: number): string {
  if (ns < 1e6) return `${(ns / 1e3).toFixed(ns < 1e4 ? 1 : 0)} µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}
