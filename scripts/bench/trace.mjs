// What recording a trace costs, found from outside: the same run with and without it, interleaved; beside it, the
// overhead that the agent reports of itself.
import { agentPath, makeModel } from "./engine.mjs";
import { hello, startAgent } from "./agent-client.mjs";
import { describe, median } from "./statistics.mjs";

export async function benchTrace({ preset, threads, repetitions }) {
  const file = await makeModel(preset, "Q4_0");
  const agent = startAgent(agentPath);
  try {
    await agent.request("hello", hello);
    const { modelId } = await agent.request("model/load", { path: file, threads, contextLength: 1024 });
    const generate = async (label, trace) =>
      agent.request("generate", {
        modelId,
        runId: label,
        // A first word of its own, so that no run finds its prompt in the KV cache.
        prompt: label + " the quick brown fox jumps over the lazy dog".repeat(24),
        maxTokens: 32,
        sampler: { temperature: 0 },
        ...(trace ? { trace: {} } : {}),
      });
    await generate("warm", false);
    const plain = [];
    const traced = [];
    const reported = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      plain.push((await generate(`a${repetition}`, false)).stats);
      const run = await generate(`b${repetition}`, true);
      traced.push(run.stats);
      reported.push(run.trace.overheadPercent);
    }
    for (const [name, rate] of [
      ["prefill", "prefillTokensPerSecond"],
      ["decode", "decodeTokensPerSecond"],
    ]) {
      const cost = median(plain.map((stats, index) => (stats[rate] / traced[index][rate] - 1) * 100));
      console.log(`Tracing cost in ${name}: ${cost.toFixed(2)} % (paired median of ${repetitions})`);
    }
    console.log(`Tracing cost that the agent reports of the whole run, %: ${describe(reported, 3)}`);
  } finally {
    await agent.end();
  }
}
