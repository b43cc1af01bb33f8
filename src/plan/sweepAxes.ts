import type { SolverSettings } from "../agent/protocol.gen";
import { type Result, failure, success } from "../base/result";
import { solverDefaults } from "./settingsModel";

/** Settings with one value each, which a sweep can step through. */
export const sweepNames = [
  "gpuShareCap",
  "rowStep",
  "maxPieces",
  "minNpuTokens",
  "maxGraphs",
  "maxGraphBytes",
  "maxCompileMs",
  "sync",
  "objective",
] as const;
export type SweepName = (typeof sweepNames)[number];

export interface SweepAxis {
  readonly name: SweepName;
  readonly values: readonly (number | string)[];
}

const most = 4096;

/** Values worth a look where nobody names any. */
export const usualValues: Readonly<Record<SweepName, readonly (number | string)[]>> = {
  gpuShareCap: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  rowStep: [32, 64, 128, 256, 512],
  maxPieces: [1, 2, 3, 4, 6, 8],
  minNpuTokens: [1, 2, 4, 8, 16, 32, 64, 128],
  maxGraphs: [4, 8, 16, 32, 64, 128, 256, 1024, 4096],
  maxGraphBytes: [0.25e9, 0.5e9, 1e9, 2e9, 4e9, 8e9],
  maxCompileMs: [1000, 2000, 4000, 8000, 16000, 32000],
  sync: ["fast", "driver"],
  objective: ["latency", "energy"],
};

/** `rowStep=32,64`, or the name alone for the usual values. Error: `invalid-setting`, naming what there is. */
export function parseAxis(text: string): Result<SweepAxis> {
  const [name = "", list] = text.split("=", 2);
  const known = sweepNames.find((one) => one === name);
  if (known === undefined) {
    return failure("invalid-setting", `"${name}" cannot be swept: choose one of ${sweepNames.join(", ")}.`, { name });
  }
  if (list === undefined) return success({ name: known, values: usualValues[known] });
  const values = list.split(",").map((part) => part.trim());
  if (typeof solverDefaults[known] === "string") return success({ name: known, values });
  const numbers = values.map(Number);
  if (values.includes("") || !numbers.every(Number.isFinite)) {
    return failure("invalid-setting", `"${list}" has to be a list of numbers for ${name}: give ${name}=1,2,3.`, {
      name,
    });
  }
  return success({ name: known, values: numbers });
}

/** All combinations, the last axis fastest. Errors: `invalid-setting` for none, three or more axes, or too many points. */
export function sweepPoints(base: SolverSettings, axes: readonly SweepAxis[]): Result<SolverSettings[]> {
  if (axes.length === 0 || axes.length > 2 || axes[0]?.name === axes[1]?.name) {
    return failure("invalid-setting", "A sweep steps through one or two different settings: name them.");
  }
  let points: SolverSettings[] = [base];
  for (const { name, values } of axes) {
    points = points.flatMap((point) => values.map((value): SolverSettings => ({ ...point, [name]: value })));
    if (points.length > most) {
      return failure("invalid-setting", `A sweep has at most ${most} points: name fewer values.`);
    }
  }
  return success(points);
}
