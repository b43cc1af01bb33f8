// Builds presets of agent/CMakePresets.json, one after the other: node scripts/build-agent.mjs host-asan linux-arm64
import { buildAgent, main } from "./setup.mjs";

await main(async () => {
  for (const preset of process.argv.slice(2)) await buildAgent(preset);
});
