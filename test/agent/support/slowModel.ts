import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { agentPath } from "./agent";

/** Random weights, large enough that an answer takes seconds: there is time to interrupt it. Greedy, it does not end. */
export function makeSlowModel(folder: string): Promise<string> {
  const sizes = { layers: 8, embedding: 512, "feed-forward": 1536, heads: 8, "kv-heads": 4, "head-dim": 64 };
  return make(path.join(folder, "slow.gguf"), "F32", { ...sizes, vocabulary: 2000, context: 2048 });
}

/** Few weights, but half a terabyte of KV cache at a context of 2^20 tokens. */
export function makeWideModel(folder: string): Promise<string> {
  const sizes = { layers: 32, embedding: 64, "feed-forward": 64, heads: 16, "kv-heads": 16, "head-dim": 256 };
  return make(path.join(folder, "wide.gguf"), "Q8_0", { ...sizes, vocabulary: 512, context: 2048 });
}

async function make(file: string, type: string, shape: Readonly<Record<string, number>>): Promise<string> {
  const args = Object.entries(shape).flatMap(([name, size]) => [`--${name}`, String(size)]);
  await promisify(execFile)(agentPath, ["make-model", "--type", type, ...args, file]);
  return file;
}
