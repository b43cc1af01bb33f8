// GPU and NPU alone and together, on this computer's own OpenCL (PoCL on one core) and the reference NPU (the other
// core), and fast joins against the driver's; then how long solving and simulating take.
import os from "node:os";
import path from "node:path";
import { root } from "../setup.mjs";
import { hello, startAgent } from "./agent-client.mjs";
import { agentPath, makeModel } from "./engine.mjs";
import { describe, median, pairedRatio } from "./statistics.mjs";

const environment = {
  ...process.env,
  TANDEM_OPENCL_DEVICE: "pthread",
  POCL_MAX_PTHREAD_COUNT: "1",
  TANDEM_QNN_LIBRARY: path.join(root, "build/host-release/reference-npu/libtandem_reference_npu.so"),
  TANDEM_CACHE: path.join(root, ".cache/bench-processors"),
};

const onNpu = { overrides: [{ pattern: "*", strategy: "npu" }] };
const engines = {
  "GPU alone": { processors: ["gpu"] },
  "NPU alone": { processors: ["gpu", "npu"], settings: onNpu },
  "both, fast joins": { processors: ["gpu", "npu"], settings: { sync: "fast" } },
  "both, driver's joins": { processors: ["gpu", "npu"], settings: { sync: "driver" } },
};

export async function benchProcessors({ preset = "1b", repetitions = 5, prefill = 256, decode = 32 }) {
  const file = await makeModel(preset, "Q4_0");
  console.log(
    `Processors: ${preset} shape Q4_0, PoCL on one core, reference NPU on the other (${os.availableParallelism()} cores), ` +
      `tok/s: median (least–greatest) of ${repetitions}`,
  );
  const rates = {};
  await measureProfile(file);
  for (const [name, load] of Object.entries(engines)) {
    const agent = startAgent(agentPath, environment);
    try {
      await agent.request("hello", hello);
      const { modelId, notes } = await agent.request("model/load", { path: file, contextLength: 1024, ...load });
      for (const note of notes) console.log(`  note: ${note}`);
      const run = async (test) => {
        const lengths = { prefill: [], decode: [], ...test };
        return (await agent.request("bench", { modelId, repetitions, warmUp: true, ...lengths })).rows[0];
      };
      const [p, d] = [await run({ prefill: [prefill] }), await run({ decode: [decode] })];
      rates[name] = { prefill: p.samples, decode: d.samples };
      const ran = p.ranOn.map(({ processor, share }) => `${processor} ${(share * 100).toFixed(0)} %`).join(", ");
      console.log(
        `  ${name.padEnd(22)} prefill ${describe(p.samples).padEnd(24)} decode ${describe(d.samples).padEnd(22)} busy: ${ran}`,
      );
    } finally {
      await agent.end();
    }
  }
  report(rates);
}

function report(rates) {
  const of = (name, test) => median(rates[name][test]);
  const together = of("both, fast joins", "prefill");
  const sum = of("GPU alone", "prefill") + of("NPU alone", "prefill");
  const best = Math.max(of("GPU alone", "prefill"), of("NPU alone", "prefill"));
  console.log(
    `  prefill together: ${(together / sum).toFixed(2)} of the sum (bar 0.85), ${(together / best).toFixed(2)}x the better one`,
  );
  const bestDecode = Math.max(of("GPU alone", "decode"), of("NPU alone", "decode"));
  console.log(
    `  decode together: ${(of("both, fast joins", "decode") / bestDecode).toFixed(2)}x the better one (bar 1.00)`,
  );
  for (const test of ["prefill", "decode"]) {
    const ratio = pairedRatio(rates["both, fast joins"][test], rates["both, driver's joins"][test]);
    console.log(`  fast against driver's joins, ${test}: ${ratio.toFixed(2)}x`);
  }
}

async function measureProfile(file) {
  const agent = startAgent(agentPath, environment);
  try {
    await agent.request("hello", hello);
    const { modelId } = await agent.request("model/load", {
      path: file,
      contextLength: 1024,
      processors: ["gpu", "npu"],
    });
    const profile = await agent.request("profile/run", { modelId });
    const errors = Object.entries(profile.errorPercent)
      .filter(([, percent]) => percent !== null)
      .map(([processor, percent]) => `${processor} ± ${percent.toFixed(1)} %`);
    console.log(`  profile: ${profile.samples} samples, other shapes predicted to ${errors.join(", ")}`);
  } finally {
    await agent.end();
  }
}

export async function benchPlan({ repetitions = 5 }) {
  const agent = startAgent(agentPath);
  try {
    await agent.request("hello", hello);
    const request = { model: { shape: "llama-3-8b", type: "Q4_0" }, costs: { soc: "snapdragon-8-gen-3" } };
    const solved = [];
    const simulated = [];
    let result;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      solved.push((await agent.request("plan/solve", { ...request, maxTokens: 512 })).solveMs);
      result = await agent.request("simulate", { ...request, promptTokens: 256, maxTokens: 32 });
      simulated.push(result.simulateMs);
    }
    console.log(
      `Plan: Llama-3-8B Q4_0 on ${result.soc}, all lengths to 512, ms: median (least–greatest) of ${repetitions}`,
    );
    console.log(`  solve     ${describe(solved)} (bar 10)`);
    console.log(`  simulate  ${describe(simulated)} for 256 + 32 tokens (bar 300)`);
    const modeled = `prefill ${result.prefillTokensPerSecond.toFixed(1)} tok/s (paper 236.9 to 247.9), decode ${result.decodeTokensPerSecond.toFixed(2)} tok/s (paper 14.01)`;
    console.log(`  modeled   ${modeled}`);
  } finally {
    await agent.end();
  }
}
