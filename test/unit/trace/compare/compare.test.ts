import assert from "node:assert/strict";
import { cellsOf } from "../../../../src/trace/compare/cells";
import { type Comparison, compareRuns } from "../../../../src/trace/compare/compare";
import { meanIn } from "../../../../src/trace/compare/conditions";
import { opInstances } from "../../../../src/trace/compare/instances";
import { medianError, medianOf, spreadOf } from "../../../../src/trace/compare/spread";
import type { Trace } from "../../../../src/trace/trace";
import { gpuNpuRun } from "../../../fixtures/traceScenarios";
import { type HandSlice, band, decoded, op, randomTrace, traceOf } from "../support/handMade";

const header = { format: 1, origin: "measured", model: { name: "Llama" }, prompt: { tokens: 64, text: "" } };

const ended = { finish: "max-tokens", lost: { events: 0 } };

interface Cell {
  /** µs of the GPU's and the NPU's part of ffn_down, 0: none; of layer and step. */
  readonly gpu: (layer: number, step: number) => number;
  readonly npu: (layer: number, step: number) => number;
  readonly strategy: string;
  readonly share: number;
}

/** Four layers, prefill once and decode five times; in each layer 10 µs of attn_q and one ffn_down. */
function run({ gpu, npu, strategy, share }: Cell, told: object = header, footer: object | undefined = ended): Trace {
  const slices: HandSlice[] = [];
  let now = 0;
  for (let step = 0; step < 6; step++) {
    const shape = `[${step === 0 ? "64" : "1"}, 8] × [8, 8]`;
    const begun = now;
    for (let layer = 0; layer < 4; layer++) {
      const start = now;
      slices.push(op("GPU queue", `blk.${String(layer)}.attn_q`, now, now + 10, { shape, strategy: "gpu" }));
      now += 10;
      const name = `blk.${String(layer)}.ffn_down`;
      const [onGpu, onNpu] = [gpu(layer, step), npu(layer, step)];
      if (onGpu > 0) slices.push(op("GPU queue", name, now, now + onGpu, { shape, strategy, share: 1000 - share }));
      if (onNpu > 0) slices.push(op("NPU", name, now, now + onNpu, { shape, strategy, share }));
      now += Math.max(onGpu, onNpu);
      slices.push(band("Layer", `layer ${String(layer)}`, start, now));
    }
    slices.push(band("Token", step === 0 ? "prompt" : `token ${String(step)}`, begun, now));
    if (step === 0) slices.push(band("Phase", "prefill", 0, now));
  }
  const prefillEnd = slices.find(({ name }) => name === "prefill")?.to ?? 0;
  slices.push(band("Phase", "decode", prefillEnd, now));
  return traceOf(slices, told, footer);
}

const split: Cell = { gpu: () => 20, npu: () => 18, strategy: "weight", share: 600 };
const whole: Cell = { gpu: () => 32, npu: () => 0, strategy: "gpu", share: 0 };

const opRows = (comparison: Comparison): unknown[] =>
  comparison.byOp.rows.map((row) => [row.pass, row.tokens, row.label, row.aNs, row.bNs, row.errorNs, row.significant]);

describe("spread", () => {
  it("takes the middle, and how far the others are from it", () => {
    // 1 2 4 8 100: median 4; distances 3 2 0 4 96, sorted 0 2 3 4 96: median 3.
    const spread = spreadOf(Float64Array.of(100, 1, 8, 2, 4));
    assert.deepEqual(spread, { count: 5, median: 4, deviation: 1.4826 * 3 });
    assert.ok(Math.abs(medianError(spread) - (1.2533 * 1.4826 * 3) / Math.sqrt(5)) < 1e-12);
    assert.equal(medianOf(Float64Array.of(3, 1, 2, 10)), 2.5);
    assert.deepEqual(spreadOf(new Float64Array()), { count: 0, median: 0, deviation: 0 });
  });
});

describe("opInstances", () => {
  it("puts the halves of an op together and keeps steps apart", () => {
    const trace = run(split);
    const found = opInstances(trace);
    assert.equal(found.count, 6 * 4 * 2);
    const down = Array.from({ length: found.count }, (_, i) => i).filter((i) => found.processors[i] === 3);
    assert.equal(down.length, 24);
    for (const i of down) {
      assert.deepEqual([found.wall[i], found.npuShare[i]], [20_000, 600]);
      assert.equal(found.tokens[i], found.pass[i] === 1 ? 64 : 1);
    }
  });

  it("without layer bands, puts together what overlaps", () => {
    const trace = traceOf([op("GPU queue", "a", 0, 10), op("GPU queue", "a", 20, 30), op("NPU", "a", 5, 12)]);
    const found = opInstances(trace);
    assert.deepEqual([...found.wall.subarray(0, found.count)], [12_000, 10_000]);
  });

  it("loses no op and no time of any trace", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const trace = randomTrace(seed);
      const found = opInstances(trace);
      const cells = cellsOf(trace);
      assert.equal(
        cells.times.reduce((sum, times) => sum + times, 0),
        found.count,
      );
      for (let i = 0; i < found.count; i++) assert.ok((found.wall[i] as number) <= trace.durationNs);
    }
  });
});

describe("compareRuns", () => {
  it("says that a run is like itself", () => {
    const comparison = compareRuns(run(split), run(split));
    assert.equal(comparison.sentence, "No difference beyond noise.");
    assert.ok(comparison.byOp.rows.every(({ deltaNs, significant }) => deltaNs === 0 && significant === false));
    assert.deepEqual([comparison.byOp.onlyA, comparison.byOp.onlyB, comparison.caveats], [0, 0, []]);
  });

  it("finds the op that got slower, and the plan as the reason", () => {
    // ffn_down: 20 to 32 µs in each of 4 layers, so 48 µs a step; a step of 120 takes 168: 40 % slower.
    const comparison = compareRuns(run(split), run(whole));
    assert.deepEqual(opRows(comparison), [
      ["prefill", 64, "ffn_down", 80_000, 128_000, 0, true],
      ["decode", 1, "ffn_down", 80_000, 128_000, 0, true],
      ["prefill", 64, "attn_q", 40_000, 40_000, 0, false],
      ["decode", 1, "attn_q", 40_000, 40_000, 0, false],
    ]);
    assert.deepEqual(comparison.byOp.rows[0]?.planChanges, [
      { what: "strategy", from: "weight", to: "gpu", layers: 4 },
    ]);
    // Prefill: 64 tokens in 120 and 168 µs.
    assert.equal(
      comparison.sentence,
      "Prefill takes 40 % more time (533333 to 380952 tok/s), decode takes 40 % more time (8333 to 5952 tok/s): " +
        "in prefill ffn_down takes 48 µs more a step, placed as gpu in place of weight in 4 of 4 layers.",
    );
    assert.deepEqual(
      comparison.byLayer.rows.slice(0, 2).map(({ pass, deltaNs }) => [pass, deltaNs]),
      [
        ["prefill", 12_000],
        ["prefill", 12_000],
      ],
    );
    const [prefill] = comparison.passes;
    assert.deepEqual(prefill?.a.wall, { gpu: 48_000, both: 72_000, npu: 0, cpu: 0, sync: 0, idle: 0 });
    assert.deepEqual([prefill.a.steps, comparison.passes[1]?.b.steps], [1, 5]);
  });

  it("tells a share that moved from one that did not", () => {
    const moved = compareRuns(run(split), run({ ...split, share: 500 }));
    assert.deepEqual(moved.byOp.rows.find(({ label }) => label === "ffn_down")?.planChanges, [
      { what: "share", from: "60 %", to: "50 %", layers: 4 },
    ]);
    assert.deepEqual(compareRuns(run(split), run({ ...split, share: 603 })).byOp.rows[0]?.planChanges, []);
  });

  it("calls a difference noise that repetitions scatter as far", () => {
    // Decode steps of 20, 26, 32 … µs in A and the same in another order, 1 µs longer, in B: the median moves by 1,
    // the deviation is 1.4826 x 6, so that the error of each median is 1.2533 x 8.9 / √5 = 5 µs.
    const scatter = (step: number, order: number): number => 20 + 6 * ((step * order) % 5);
    const a = run({ ...whole, gpu: (_, step) => (step === 0 ? 32 : scatter(step, 1)) });
    const b = run({ ...whole, gpu: (_, step) => (step === 0 ? 32 : scatter(step, 2) + 1) });
    const comparison = compareRuns(a, b);
    const row = comparison.byOp.rows.find(({ pass, label }) => pass === "decode" && label === "ffn_down");
    assert.ok(row);
    assert.equal(row.deltaNs, 4000);
    const one = (1.2533 * 1.4826 * 6000) / Math.sqrt(5);
    assert.ok(Math.abs((row.errorNs ?? 0) - Math.sqrt(8) * one) < 1);
    assert.equal(row.significant, false);
    assert.equal(comparison.sentence, "No difference beyond noise.");
  });

  it("says what keeps runs from being compared like with like", () => {
    const other = { ...header, origin: "modeled", model: { name: "Qwen" }, prompt: { tokens: 65, text: "" } };
    const { caveats } = compareRuns(run(split), run(split, other));
    assert.deepEqual(caveats, [
      "The models differ, Llama and Qwen: only ops of the same name are compared.",
      "Times of A are measured, those of B modeled.",
      "The prompts differ in length, 64 and 65 tokens: steps of the same length are compared.",
    ]);
    const nothing = compareRuns(traceOf([op("CPU", "a", 0, 1)]), run(split));
    assert.equal(nothing.sentence, "These runs have no pass in common, so there is nothing to compare.");
    assert.deepEqual([nothing.byOp.onlyA, nothing.byOp.onlyB], [1, 16]);
  });

  it("says which run was cut off, and which lost events", () => {
    const lossy = { ...ended, lost: { events: 12 } };
    const cut = { ...header };
    const slices = [op("CPU", "a", 0, 1)];
    assert.deepEqual(compareRuns(traceOf(slices, cut), run(split, header, lossy)).caveats, [
      "Run A was cut off before its end: what came before it is compared.",
      "Run B lost 12 events: its sums are too low where they lay.",
    ]);
  });

  it("swapped, gives the same differences the other way", () => {
    const [a, b] = [decoded(gpuNpuRun({ layers: 4, seed: 1 })), decoded(gpuNpuRun({ layers: 4, seed: 2 }))];
    const there = compareRuns(a, b).byOp.rows;
    const back = compareRuns(b, a).byOp.rows;
    assert.ok(there.length > 10);
    const deltas = (rows: typeof there, sign: number): [string, number][] =>
      rows.map((row): [string, number] => [`${row.pass} ${row.label}`, sign * row.deltaNs]).sort();
    assert.deepEqual(deltas(back, -1), deltas(there, 1));
  });
});

describe("meanIn", () => {
  it("holds each value until the next", () => {
    // 10 for 0–4, 20 from 4 on: over 2–6 15; nothing is known before 0.
    const counter = { track: 0, time: Float64Array.of(0, 4), value: Float64Array.of(10, 20) };
    assert.equal(meanIn(counter, 2, 6), 15);
    assert.equal(meanIn(counter, -10, 0), undefined);
  });
});
