import type { SolverSettings } from "../agent/protocol.gen";
import { type CompleteSettings, completeSolver } from "./settingsModel";

/**
 * Settings that differ from these in one that only matters for speed. Bounds (the GPU's share, graphs, memory, compile
 * time), switched-off strategies and overrides are the user's will and stay.
 * @param promptTokens length of the prompts that matter
 */
export function neighbours(settings: SolverSettings, promptTokens: number, powerKnown: boolean): SolverSettings[] {
  const now = completeSolver(settings);
  const steps = (name: "rowStep" | "maxPieces" | "minNpuTokens", values: readonly number[]): SolverSettings[] =>
    values.filter((value) => value !== now[name]).map((value) => ({ ...settings, [name]: value }));
  return [
    ...steps("rowStep", [32, 64, 128, 256]),
    ...steps("maxPieces", [1, 2, 4, 8]),
    ...steps("minNpuTokens", [1, 2, 8, 32]),
    ...lengthSets(now, promptTokens).map((standardLengths): SolverSettings => ({ ...settings, standardLengths })),
    { ...settings, sync: now.sync === "fast" ? "driver" : "fast" },
    ...(powerKnown
      ? [{ ...settings, objective: now.objective === "energy" ? ("latency" as const) : ("energy" as const) }]
      : []),
  ];
}

/** With the prompt's own length, rounded up to the NPU's step of 32; and without each of the others. */
function lengthSets({ standardLengths }: CompleteSettings, promptTokens: number): number[][] {
  const fitting = Math.ceil(promptTokens / 32) * 32;
  const sets =
    standardLengths.length > 1 ? standardLengths.map((gone) => standardLengths.filter((one) => one !== gone)) : [];
  if (!standardLengths.includes(fitting)) sets.unshift([...standardLengths, fitting].sort((a, b) => a - b));
  return sets;
}
