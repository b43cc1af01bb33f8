import { randomInt } from "node:crypto";
import type { Result } from "../../base/result";
import { type RunSettings, completeSettings } from "../../run/settings";
import { setting } from "../settings";

/** The run settings as the user has them now. Fails with `invalid-setting`, naming the one that is out of range. */
export function runSettings(): Result<RunSettings> {
  const seed = setting("tandem.run.seed");
  return completeSettings({
    systemPrompt: setting("tandem.run.systemPrompt"),
    maxTokens: setting("tandem.run.maxTokens"),
    contextLength: setting("tandem.run.contextLength"),
    threads: setting("tandem.run.threads"),
    temperature: setting("tandem.run.temperature"),
    topK: setting("tandem.run.topK"),
    topP: setting("tandem.run.topP"),
    minP: setting("tandem.run.minP"),
    repetitionPenalty: setting("tandem.run.repetitionPenalty"),
    seed: seed === -1 ? randomInt(2 ** 32) : seed,
  });
}
