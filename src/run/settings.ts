import type { ProcessorKind, Sampler, SolverSettings } from "../agent/protocol.gen";
import { type Result, failure, success } from "../base/result";

/** What a loaded model depends on. */
export interface LoadSettings {
  /** Tokens of KV cache; 0: the model's own, at most 4096. */
  readonly contextLength: number;
  /** 0: one per big core. */
  readonly threads: number;
  /** The primary first; absent: what the agent would choose. */
  readonly processors?: readonly ProcessorKind[] | undefined;
  readonly solver?: SolverSettings | undefined;
}

/** What a user can set for a run; the same for the editor, the CLI and files. */
export interface RunSettings extends LoadSettings {
  /** Put before the conversation; empty: none. */
  readonly systemPrompt: string;
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0: off. */
  readonly topK: number;
  /** 1: off. */
  readonly topP: number;
  /** 0: off. */
  readonly minP: number;
  /** 1: off. */
  readonly repetitionPenalty: number;
  /** Tokens looked back for the penalty. */
  readonly repetitionWindow: number;
  readonly seed: number;
  /** Generation ends before the first of these. */
  readonly stop: readonly string[];
}

/** Greedy, so that two runs of one prompt can be compared. */
export const defaultSettings: RunSettings = {
  systemPrompt: "",
  maxTokens: 256,
  contextLength: 0,
  threads: 0,
  temperature: 0,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  repetitionPenalty: 1,
  repetitionWindow: 64,
  seed: 0,
  stop: [],
};

const ranges: { readonly [K in NumberSetting]: readonly [least: number, most: number, whole: boolean] } = {
  maxTokens: [1, 1_000_000, true],
  contextLength: [0, 1_000_000, true],
  threads: [0, 256, true],
  temperature: [0, 10, false],
  topK: [0, 1_000_000, true],
  topP: [0, 1, false],
  minP: [0, 1, false],
  repetitionPenalty: [0.1, 10, false],
  repetitionWindow: [0, 1_000_000, true],
  seed: [0, 2 ** 32 - 1, true],
};

type NumberSetting = { [K in keyof RunSettings]-?: RunSettings[K] extends number ? K : never }[keyof RunSettings];

/** Defaults for what is absent; a value out of range fails with `invalid-setting`, naming it and its range. */
export function completeSettings(given: Partial<RunSettings>): Result<RunSettings> {
  const settings = { ...defaultSettings, ...given };
  for (const [name, [least, most, whole]] of Object.entries(ranges) as [
    NumberSetting,
    (typeof ranges)[NumberSetting],
  ][]) {
    const value = settings[name];
    if (!(least <= value && value <= most) || (whole && !Number.isInteger(value))) {
      const kind = whole ? "a whole number" : "a number";
      return failure("invalid-setting", `${name} is ${value}, and must be ${kind} from ${least} to ${most}.`, { name });
    }
  }
  return success(settings);
}

export function samplerOf(settings: RunSettings): Sampler {
  const { temperature, topK, topP, minP, repetitionPenalty, repetitionWindow, seed } = settings;
  return { temperature, topK, topP, minP, repetitionPenalty, repetitionWindow, seed };
}
