import { randomInt } from "node:crypto";
import type { Result } from "../../base/result";
import type { TandemJson } from "../../plan/tandemJson";
import { type RunSettings, completeSettings } from "../../run/settings";
import { setting } from "../settings";

const chosen = { cpu: ["cpu"], gpu: ["gpu"], "gpu+npu": ["gpu", "npu"] } as const;

/**
 * The run settings as the user has them now, over what the workspace's `tandem.json` says. Fails with
 * `invalid-setting`, naming the one that is out of range, or what is wrong with the file.
 */
export function runSettings(project: Result<TandemJson | undefined>): Result<RunSettings> {
  if (!project.ok) return project;
  const wanted = setting("tandem.run.processors");
  const processors = wanted === "auto" ? project.value?.processors : chosen[wanted];
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
    ...(processors === undefined ? {} : { processors }),
    ...(project.value === undefined ? {} : { solver: project.value.solver }),
  });
}
