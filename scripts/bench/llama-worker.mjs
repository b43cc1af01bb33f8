// llama.cpp through node-llama-cpp, driven line by line: {"load": {...}} then {"prefill": n} or {"decode": n}; answers {"seconds": s}.
// Runs in the cache folder where that package is installed; it is no dependency of the project.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const entry = createRequire(path.join(folder, "package.json")).resolve("node-llama-cpp");
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry).href);

// Asks for the logits; the sampler runs only where includeMax is exactly true.
const logitsOnly = { generateNext: { logits: { filter: { includeMax: 1 } } } };

let model, context, sequence, vocabulary;
const handlers = {
  async load({ path: file, threads }) {
    const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: LlamaLogLevel.error });
    model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    // Flash attention is what llama.cpp itself chooses by default since 2025.
    context = await model.createContext({ contextSize: 1024, batchSize: 512, threads, flashAttention: true });
    sequence = context.getSequence();
    vocabulary = model.fileInfo.metadata.tokenizer?.ggml?.tokens?.length ?? 32000;
    return 0;
  },
  async prefill(count) {
    await sequence.clearHistory();
    const tokens = randomTokens(count);
    return timed(() => sequence.evaluateWithoutGeneratingNewTokens(tokens));
  },
  async decode(count) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(randomTokens(1));
    return timed(async () => {
      // Known next tokens, as llama-bench does: every token's logits are computed, nothing is sampled.
      for (const token of randomTokens(count)) await sequence.controlledEvaluate([[token, logitsOnly]]);
    });
  },
};

function randomTokens(count) {
  return Array.from({ length: count }, () => Math.floor(Math.random() * (vocabulary - 300)) + 256);
}

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [[name, argument]] = Object.entries(JSON.parse(line));
  try {
    process.stdout.write(JSON.stringify({ seconds: await handlers[name](argument) }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error) }) + "\n");
  }
}
process.exit(0);
