import type { ModelHeader } from "./header";
import { tensorTypes } from "./tensorTypes";

/** `general.architecture` values that the agent runs. */
export const runnableFamilies: readonly string[] = ["llama", "qwen2", "qwen3", "internlm2", "phi3", "gemma2", "gemma3"];

/** Whether Tandem runs a model, and if not, why, in a sentence. */
export type Verdict = { readonly runs: true } | { readonly runs: false; readonly code: string; readonly why: string };

export function verdict(header: ModelHeader): Verdict {
  const no = (code: string, why: string): Verdict => ({ runs: false, code, why });
  if (header.parts > 1) {
    return no(
      "unsupported",
      `${header.name} is split into ${header.parts} files: merge them with llama-gguf-split --merge.`,
    );
  }
  if (!runnableFamilies.includes(header.family)) {
    const families = runnableFamilies.join(", ");
    return no(
      "model-family-unsupported",
      `Tandem does not run the ${header.family} family: choose a model of the families ${families}.`,
    );
  }
  if (header.dimensions.layers === 0 || header.parameters === 0) {
    return no(
      "model-incomplete",
      `${header.name} has no weights: choose a whole model, not a vocabulary or an adapter.`,
    );
  }
  const runnable = new Set([...tensorTypes.values()].filter((type) => type.runs).map((type) => type.name));
  const stranger = Object.keys(header.weightBytesByType).find((name) => !runnable.has(name));
  if (stranger !== undefined) {
    return no(
      "gguf-unknown-type",
      `Tandem does not run ${stranger} weights: use a Q4_0, Q4_K_M or Q8_0 file of this model.`,
    );
  }
  return { runs: true };
}
