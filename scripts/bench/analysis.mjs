// What each analysis of a trace costs, on a run of about 1 M slices on GPU and NPU with joins, flows and bands.
//   npm run bench -- --only=analysis
import { bundled } from "../lib/webview.mjs";

const repetitions = 5;

export async function benchAnalysis({ tokens = 1400 } = {}) {
  const { gpuNpuRun } = await bundled("test/fixtures/traceScenarios.ts");
  const { decodeTrace } = await bundled("src/trace/decode.ts");
  const { readWork } = await bundled("src/trace/work.ts");
  const module = (name) => bundled(`src/trace/analysis/${name}.ts`);
  const bytes = gpuNpuRun({ generatedTokens: tokens });
  const decoded = decodeTrace(bytes, "run.pftrace");
  if (!decoded.ok) throw new Error(decoded.failure.message);
  const trace = { ...decoded.value, flows: flowsAtJoins(decoded.value) };
  const work = readWork(trace);
  console.log(
    `${trace.slices.count} slices, ${trace.flows.length} flow points, ${(bytes.length / 1e6).toFixed(0)} MB; best of ${repetitions}`,
  );
  const { sumRange } = await bundled("src/trace/range.ts");
  const { compareRuns } = await bundled("src/trace/compare/compare.ts");
  const { idleGaps } = await module("idleGaps");
  const { criticalPath } = await module("criticalPath");
  const { sumPath } = await module("pathSums");
  const path = criticalPath(trace);
  const rows = {
    "critical path": () => criticalPath(trace),
    "sums of the critical path": () => sumPath(trace, path),
    "idle gaps": () => idleGaps(trace),
    overlap: await taking("overlap", "overlap", trace),
    "sync ledger": await taking("syncLedger", "syncLedger", trace),
    "predicted against measured": await taking("accuracy", "accuracy", trace, work),
    roofline: await taking("roofline", "roofline", trace, work),
    "layer bars": await taking("layerBars", "layerBars", trace),
    ...Object.fromEntries(
      ["op", "kind", "layer", "token", "processor", "strategy"].map((by) => [
        `sums by ${by}`,
        () => sumRange(trace, work, 0, trace.durationNs, by),
      ]),
    ),
    "comparison with itself": () => compareRuns(trace, trace),
  };
  for (const [name, run] of Object.entries(rows)) report(name, run);
  await benchForeign();

  async function taking(file, name, ...given) {
    const loaded = await module(file);
    return () => loaded[name](...given);
  }
}

/** Opening 1 M events of Chrome's JSON, and writing them. */
async function benchForeign() {
  const { manySlices } = await bundled("test/fixtures/traceScenarios.ts");
  const { decodeTrace } = await bundled("src/trace/decode.ts");
  const { chromeJsonPieces } = await bundled("src/trace/exports/chromeJson.ts");
  const { csvPieces } = await bundled("src/trace/exports/csv.ts");
  const trace = decodeTrace(manySlices(1_000_000), "run.pftrace").value;
  const json = Buffer.concat([...chromeJsonPieces(trace)].map((piece) => Buffer.from(piece)));
  console.log(`Chrome JSON of 1 M slices: ${(json.length / 1e6).toFixed(0)} MB`);
  report("open Chrome JSON", () => decodeTrace(json, "run.json"), 2);
  report("write Chrome JSON", () => drain(chromeJsonPieces(trace)), 2);
  report("write CSV", () => drain(csvPieces(trace)), 2);
}

function drain(pieces) {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

function report(name, run, times = repetitions) {
  let wall = Infinity;
  let cpu = Infinity;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    const used = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(used);
    wall = Math.min(wall, performance.now() - began);
    cpu = Math.min(cpu, (user + system) / 1e3);
  }
  console.log(`  ${name.padEnd(32)} ${wall.toFixed(0).padStart(6)} ms, ${cpu.toFixed(0).padStart(5)} ms of CPU`);
}

/** Three points for each join, as the agent writes them: here the join and the slices beside it. */
function flowsAtJoins(trace) {
  const flows = [];
  const sync = trace.rows.find((row) => trace.tracks[row.track].name === "Sync");
  const npu = trace.rows.find((row) => trace.tracks[row.track].name === "NPU");
  let at = npu.first;
  for (let join = sync.first; join < sync.end; join++) {
    const end = trace.slices.start[join] + trace.slices.duration[join];
    while (at + 1 < npu.end && trace.slices.start[at + 1] < end) at++;
    flows.push({ id: 13 * 2 ** 32 + join, slice: at }, { id: 13 * 2 ** 32 + join, slice: join });
  }
  return flows;
}
