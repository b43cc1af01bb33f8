// From starting the agent's process to its answer to hello.
import { agentPath } from "./engine.mjs";
import { hello, startAgent } from "./agent-client.mjs";
import { describe } from "./statistics.mjs";

export async function benchStart(repetitions = 15) {
  const milliseconds = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = process.hrtime.bigint();
    const agent = startAgent(agentPath);
    await agent.request("hello", hello);
    milliseconds.push(Number(process.hrtime.bigint() - start) / 1e6);
    await agent.end();
  }
  console.log(`Agent start to hello, ms: ${describe(milliseconds)}`);
}
