// Speed, as ratios within one run. Nothing here passes or fails.
//   npm run bench                       everything
//   npm run bench -- --only=engine,push --types=Q4_0,Q8_0 --repetitions=5 --threads=2 --preset=1b
import { main, setUp } from "./setup.mjs";

const sections = {
  engine: async (options) => (await import("./bench/engine.mjs")).benchEngine(options),
  processors: async (options) => (await import("./bench/processors.mjs")).benchProcessors(options),
  plan: async (options) => (await import("./bench/processors.mjs")).benchPlan(options),
  trace: async (options) => (await import("./bench/trace.mjs")).benchTrace(options),
  threads: async () => (await import("./bench/busy-core.mjs")).benchBusyCore(),
  start: async () => (await import("./bench/start.mjs")).benchStart(),
  push: async () => (await import("./bench/push.mjs")).benchPush(),
  editor: async () => (await import("./bench/editor.mjs")).benchEditor(),
  timeline: async () => (await import("./bench/timeline.mjs")).benchTimeline(),
  tune: async () => (await import("./bench/tune.mjs")).benchTune(),
  analysis: async () => (await import("./bench/analysis.mjs")).benchAnalysis(),
};

const option = (name, fallback) =>
  process.argv.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;

await main(async () => {
  await setUp({ for: "bench" });
  const chosen = option("only", Object.keys(sections).join(",")).split(",");
  const options = {
    preset: option("preset", "1b"),
    types: option("types", "Q4_0,Q8_0").split(","),
    threads: Number(option("threads", "2")),
    repetitions: Number(option("repetitions", "5")),
  };
  let failed = 0;
  for (const name of chosen) {
    if (sections[name] === undefined) {
      console.error(`There is no section "${name}". Sections: ${Object.keys(sections).join(", ")}.`);
      return 2;
    }
    console.log(`\n── ${name}`);
    try {
      await sections[name](options);
    } catch (error) {
      failed++;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  return failed === 0 ? 0 : 1;
});
