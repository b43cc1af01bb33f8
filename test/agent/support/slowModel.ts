import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { agentPath } from "./agent";

/** Random weights, large enough that an answer takes seconds: there is time to interrupt it. Greedy, it does not end. */
export async function makeSlowModel(folder: string): Promise<string> {
  const file = path.join(folder, "slow.gguf");
  const sizes = { layers: 8, embedding: 512, "feed-forward": 1536, heads: 8, "kv-heads": 4, "head-dim": 64 };
  const shape = { ...sizes, vocabulary: 2000, context: 2048 };
  const args = Object.entries(shape).flatMap(([name, size]) => [`--${name}`, String(size)]);
  await promisify(execFile)(agentPath, ["make-model", "--type", "F32", ...args, file]);
  return file;
}
