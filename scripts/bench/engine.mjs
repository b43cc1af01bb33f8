// Prefill and decode against llama.cpp: the same generated GGUF, the same threads, interleaved repetitions.
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { root } from "../setup.mjs";
import { run } from "../lib/process.mjs";
import { hello, startAgent } from "./agent-client.mjs";
import { installLlama, llamaRelease, startLlama } from "./llama.mjs";
import { describe, pairedRatio } from "./statistics.mjs";

export const agentPath = path.join(root, "build", "host-release", "bin", "tandem-agent");

/** A model with random weights in the cache; rates do not depend on the values. */
export async function makeModel(preset, type) {
  const folder = path.join(root, ".cache", "models");
  const file = path.join(folder, `${preset}-${type}.gguf`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const args = ["make-model", file, "--preset", preset, "--type", type, "--mixed"];
  if ((await run(agentPath, args, { stdio: ["ignore", "ignore", "inherit"] })) !== 0) {
    throw new Error(`The agent could not make a model (${preset}, ${type}).`);
  }
  return file;
}

export async function benchEngine({ preset = "1b", types, threads = 2, prefill = 256, decode = 32, repetitions = 5 }) {
  await installLlama();
  console.log(
    `Engine: ${preset} shape, ${threads} threads, Tandem against ${llamaRelease()}, tok/s: median (least–greatest) of ${repetitions}`,
  );
  for (const type of types) {
    const file = await makeModel(preset, type);
    const llama = await startLlama(file, threads);
    const agent = startAgent(agentPath);
    try {
      await agent.request("hello", hello);
      const { modelId } = await agent.request("model/load", { path: file, threads, contextLength: 1024 });
      const ours = async (test) => {
        const { rows } = await agent.request("bench", {
          modelId,
          prefill: [],
          decode: [],
          repetitions: 1,
          warmUp: false,
          ...test,
        });
        return rows[0].samples[0];
      };
      const rates = { prefill: { ours: [], theirs: [] }, decode: { ours: [], theirs: [] } };
      await ours({ prefill: [prefill] });
      await llama.prefill(prefill);
      for (let repetition = 0; repetition < repetitions; repetition++) {
        rates.prefill.ours.push(await ours({ prefill: [prefill] }));
        rates.prefill.theirs.push(await llama.prefill(prefill));
        rates.decode.ours.push(await ours({ decode: [decode] }));
        rates.decode.theirs.push(await llama.decode(decode));
      }
      for (const [name, { ours: mine, theirs }] of Object.entries(rates)) {
        const test = `${type} ${name} ${name === "prefill" ? prefill : decode}`.padEnd(20);
        console.log(
          `  ${test} ${describe(mine).padEnd(24)} against ${describe(theirs).padEnd(24)} ${pairedRatio(mine, theirs).toFixed(2)}x`,
        );
      }
    } finally {
      await agent.end();
      await llama.end();
    }
  }
}
