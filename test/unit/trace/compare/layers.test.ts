import assert from "node:assert/strict";
import { changedFacts } from "../../../../src/trace/compare/changed";
import { compareRuns } from "../../../../src/trace/compare/compare";
import { compareLayers, verdictOf } from "../../../../src/trace/compare/layers";
import { compareMarkdown } from "../../../../src/trace/compare/report";
import type { Trace } from "../../../../src/trace/trace";
import { type HandSlice, band, op, traceOf } from "../support/handMade";

/** Decode of `steps` steps over two layers: 10 µs on the GPU in the first, `second` µs on the NPU in the other. */
function run(second: number, sync: string, steps = 5): Trace {
  const slices: HandSlice[] = [];
  let now = 0;
  for (let step = 0; step < steps; step++) {
    const shape = "[1, 8] × [8, 8]";
    slices.push(op("GPU queue", "blk.0.attn_q", now, now + 10, { shape }), band("Layer", "layer 0", now, now + 10));
    slices.push(op("NPU", "blk.1.attn_q", now + 10, now + 10 + second, { shape }));
    slices.push(band("Layer", "layer 1", now + 10, now + 10 + second));
    now += 10 + second;
  }
  slices.push(band("Phase", "decode", 0, now));
  const header = { format: 1, origin: "measured", settings: { solver: { sync, rowStep: 32 } }, model: { name: "M" } };
  return traceOf(slices, header, { finish: "max-tokens" });
}

describe("compareLayers", () => {
  it("gives each layer's step in both runs, by what worked in it", () => {
    const [a, b] = [run(20, "driver"), run(14, "fast")];
    const comparison = compareRuns(a, b);
    const [pass] = comparison.passes;
    assert.ok(pass !== undefined);
    const layers = compareLayers(a, b, pass, comparison);
    assert.deepEqual(
      layers.map(({ label, aNs, bNs, deltaNs, verdict }) => [label, aNs, bNs, deltaNs, verdict]),
      [
        ["layer 0", 10_000, 10_000, 0, "same"],
        ["layer 1", 20_000, 14_000, -6000, "faster"],
      ],
    );
    assert.equal(layers[1]?.delta.npu, -6000);
    assert.equal(layers[1].delta.gpu, 0);
  });

  it("does not judge what was not repeated", () => {
    const [a, b] = [run(20, "fast", 1), run(30, "fast", 1)];
    const comparison = compareRuns(a, b);
    const [pass] = comparison.passes;
    assert.ok(pass !== undefined);
    assert.deepEqual(
      compareLayers(a, b, pass, comparison).map(({ verdict }) => verdict),
      ["unknown", "unknown"],
    );
  });

  it("calls a difference by its size against two errors and half a percent", () => {
    assert.equal(verdictOf(21, 1000, 10), "slower");
    assert.equal(verdictOf(-21, 1000, 10), "faster");
    assert.equal(verdictOf(19, 1000, 10), "same");
    assert.equal(verdictOf(4, 1000, 0), "same");
    assert.equal(verdictOf(500, 1000, undefined), "unknown");
  });
});

describe("changedFacts", () => {
  it("names the setting that differs and leaves out those that do not", () => {
    const [a, b] = [run(20, "driver"), run(14, "fast")];
    const comparison = compareRuns(a, b);
    const [pass] = comparison.passes;
    assert.ok(pass !== undefined);
    const facts = changedFacts(a, b, pass, comparison);
    assert.deepEqual(
      facts.filter(({ differs }) => differs).map(({ name, a: inA, b: inB }) => [name, inA, inB]),
      [["solver.sync", "driver", "fast"]],
    );
    assert.ok(facts.some(({ name, a: inA }) => name === "Plan" && inA === "2 of 2 placements alike"));
  });
});

describe("compareMarkdown", () => {
  it("is a table with the sentence above it", () => {
    const text = compareMarkdown({ a: "a.pftrace", b: "b.pftrace" }, compareRuns(run(20, "driver"), run(14, "fast")));
    assert.match(text, /^\*\*Decode takes 20 % less time/);
    assert.match(text, /\| decode \| 0\.030 \| 0\.024 \| -20\.0 % \| yes \|/);
    assert.match(text, /\| decode \| attn_q \| 0\.030 \| 0\.024 \|/);
  });
});
