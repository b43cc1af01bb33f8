// Decode while another process takes one core: engines that only spin fall to a fifth of their rate.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { agentPath, makeModel } from "./engine.mjs";
import { hello, startAgent } from "./agent-client.mjs";
import { installLlama, llamaRelease, startLlama } from "./llama.mjs";
import { median } from "./statistics.mjs";

export async function benchBusyCore(repetitions = 5) {
  const threads = Math.min(2, availableParallelism());
  const file = await makeModel("1b", "Q4_0");
  await installLlama();
  const agent = startAgent(agentPath);
  await agent.request("hello", hello);
  const { modelId } = await agent.request("model/load", { path: file, threads, contextLength: 512 });
  const llama = await startLlama(file, threads);
  const engines = {
    Tandem: async () => {
      const { rows } = await agent.request("bench", {
        modelId,
        prefill: [],
        decode: [16],
        repetitions: 1,
        warmUp: false,
      });
      return rows[0].samples[0];
    },
    [llamaRelease()]: () => llama.decode(16),
  };
  try {
    for (const [name, decode] of Object.entries(engines)) {
      await decode();
      const quiet = [];
      const busy = [];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        quiet.push(await decode());
        const other = spawn(process.execPath, ["-e", "for (;;) {}"], { stdio: "ignore" });
        try {
          busy.push(await decode());
        } finally {
          other.kill("SIGKILL");
        }
      }
      const kept = (median(busy) / median(quiet)) * 100;
      console.log(
        `${name}: decode ${median(quiet).toFixed(1)} tok/s alone, ${median(busy).toFixed(1)} beside a busy process: keeps ${kept.toFixed(0)} %`,
      );
    }
  } finally {
    await agent.end();
    await llama.end();
  }
}
