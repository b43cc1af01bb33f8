import type { ModelSource } from "../agent/protocol.gen";
import { type Result, success } from "../base/result";
import { checkedModel } from "../model/checkedModel";

/**
 * A GGUF file, or the name of a published shape ("llama-3-8b", "llama-3-8b:Q8_0") where no file of that name is meant.
 * Shapes need no file; the agent knows them.
 */
export async function modelSource(name: string): Promise<Result<ModelSource>> {
  if (!name.endsWith(".gguf") && !name.includes("/")) {
    const [shape = name, type = "Q4_0"] = name.split(":");
    return success({ shape, type });
  }
  const checked = await checkedModel(name);
  return checked.ok ? success({ path: name }) : checked;
}
