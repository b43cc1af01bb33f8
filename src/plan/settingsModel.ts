import type { SolverSettings } from "../agent/protocol.gen";

export type SettingName = keyof SolverSettings;
export type CompleteSettings = Required<SolverSettings>;

/** What a setting has where nobody says; the agent's own defaults (`plan/settings.h`). */
export const solverDefaults: CompleteSettings = {
  objective: "latency",
  strategies: ["npu", "pad", "weight", "activation", "hybrid"],
  sync: "fast",
  rowStep: 32,
  standardLengths: [1, 32, 64, 128, 256, 512, 1024],
  maxGraphs: 2048,
  maxGraphBytes: 0,
  maxCompileMs: 120_000,
  gpuShareCap: 1,
  minNpuTokens: 1,
  maxPieces: 4,
  overrides: [],
};

/** In the order of the controls. */
export const settingNames = Object.keys(solverDefaults) as SettingName[];

export const completeSolver = (settings: SolverSettings): CompleteSettings => ({ ...solverDefaults, ...settings });

/** Only what differs from the defaults: what a file has to say. */
export function leanSettings(settings: SolverSettings): SolverSettings {
  const complete = completeSolver(settings);
  return pick(
    complete,
    settingNames.filter((name) => !same(complete, solverDefaults, name)),
  );
}

/** What a file has to say: what differs from the defaults, and what it says already. */
export function settingsForFile(settings: SolverSettings, inFile: SolverSettings): SolverSettings {
  const lean = leanSettings(settings);
  return pick(
    completeSolver(settings),
    settingNames.filter((name) => name in lean || name in inFile),
  );
}

/** Settings in which the two differ, defaults taken into account. */
export function changedSettings(now: SolverSettings, next: SolverSettings): SettingName[] {
  const [a, b] = [completeSolver(now), completeSolver(next)];
  return settingNames.filter((name) => !same(a, b, name));
}

/** `settings` with the value that `now` has for one setting. */
export function withReset(settings: SolverSettings, now: SolverSettings, name: SettingName): SolverSettings {
  return { ...settings, [name]: completeSolver(now)[name] };
}

/** What one setting does, for a hover. */
export const settingMeaning: Readonly<Record<SettingName, string>> = {
  objective: "What the plan makes least: time, or energy where the device's power is known.",
  strategies: "Ways to place a matmul that may be chosen; the GPU alone always may.",
  sync: "How one processor waits for the other: fast polls a flag after a predicted sleep, driver asks the driver.",
  rowStep:
    "Output features by which a split between GPU and NPU moves. Smaller steps fit better, and take longer to solve.",
  standardLengths:
    "Tokens that the NPU has compiled graphs for. More of them pad less, and take memory and compile time.",
  maxGraphs: "Compiled NPU graphs in all.",
  maxGraphBytes:
    "Memory of all compiled NPU graphs. Lengths whose splits differ hold the weights once each; without a bound of yours they are held three times at most.",
  maxCompileMs: "Time to compile all NPU graphs, once per model and settings.",
  gpuShareCap: "Part of a step's time that the GPU may be busy, so that the phone's screen stays smooth.",
  minNpuTokens: "Steps of fewer tokens never go to the NPU.",
  maxPieces: "NPU graphs that one split by tokens runs after one another.",
  overrides: "Ops that are placed by hand; the last pattern that matches holds.",
};

function pick(settings: CompleteSettings, names: readonly SettingName[]): SolverSettings {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

/** Strategies are a set, standard lengths too. */
function same(a: CompleteSettings, b: CompleteSettings, name: SettingName): boolean {
  const text = (settings: CompleteSettings): string => {
    const value = settings[name];
    if (name === "strategies")
      return JSON.stringify([...settings.strategies].filter((one) => one !== "gpu" && one !== "cpu").sort());
    if (name === "overrides") {
      return JSON.stringify(
        settings.overrides.map(({ pattern, strategy, npuShare = 0 }) => [pattern, strategy, npuShare]),
      );
    }
    return JSON.stringify(value);
  };
  return text(a) === text(b);
}
