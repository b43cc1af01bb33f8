import assert from "node:assert/strict";
import {
  costsOfTrace,
  curveTokens,
  paddedTimes,
  primaryShares,
  shapesOf,
  stepAround,
  strategyRuns,
  worthTrying,
} from "../../../src/plan/curves";
import type { ProfileCurve } from "../../../src/plan/types";
import { candidate, heterogeneousPlan } from "../../fixtures/plans";
import { assertOneSentence } from "../../fixtures/sentence";

const curve: ProfileCurve = {
  primaryUs: [10, 20, 30, 40],
  primaryMeasured: [],
  npuUs: [5, 5, 8, 8],
  npuMeasured: [],
  placements: [
    { chosen: candidate("gpu", { gpu: 10 }), cause: "fastest", lost: [] },
    { chosen: candidate("pad", { rows: 8, pieces: [4], npu: 8 }), cause: "fastest", lost: [] },
    { chosen: candidate("activation", { rows: 8, pieces: [2], gpu: 7, npu: 8 }), cause: "fastest", lost: [] },
    { chosen: candidate("activation", { rows: 8, pieces: [2], gpu: 7, npu: 8 }), cause: "fastest", lost: [] },
  ],
};
const tokens = [1, 2, 3, 4];

describe("curves over the number of tokens", () => {
  it("have one shape for ops of equal size and type", () => {
    const shapes = shapesOf(heterogeneousPlan(3)).map(({ ops, n, k, type }) => `${ops.join("+")} ${n}x${k} ${type}`);
    assert.deepEqual(shapes, [
      "attn_q+attn_output 4096x4096 Q4_0",
      "attn_k+attn_v 1024x4096 Q4_0",
      "ffn_gate_up 28672x4096 Q4_0",
      "ffn_down 4096x14336 Q6_K",
      "ffn_down 4096x14336 Q4_0",
    ]);
  });

  it("reach as far as the prompt asks, each length once", () => {
    assert.equal(curveTokens(300).length, 512);
    assert.equal(curveTokens(513).at(-1), 1024);
    assert.equal(curveTokens(undefined)[0], 1);
  });

  it("pad to the next standard length, and not beyond the longest", () => {
    assert.deepEqual(paddedTimes(tokens, curve.npuUs ?? [], { standardLengths: [1, 3] }), [5, 8, 8, null]);
    assert.deepEqual(paddedTimes(tokens, curve.npuUs ?? [], {}), [null, null, null, null]);
  });

  it("know runs of one strategy, the primary's part and the NPU's step", () => {
    assert.deepEqual(
      strategyRuns(curve).map(({ strategy, first, last }) => `${strategy} ${first}-${last}`),
      ["gpu 0-0", "pad 1-1", "activation 2-3"],
    );
    const shares = primaryShares(curve, 8, tokens);
    assert.deepEqual(
      shares.map((share) => Math.round(share * 100)),
      [100, 0, 33, 50],
    );
    assert.deepEqual(stepAround([5, 5, 8, 8, 8, 9], 3), { first: 2, last: 4 });
    assert.deepEqual(stepAround([5], 0), { first: 0, last: 0 });
  });

  it("suggest a standard length only where none fits", () => {
    const settings = { standardLengths: [1, 32, 256, 512] };
    assert.equal(worthTrying(300, settings), 320);
    assert.equal(worthTrying(256, settings), undefined);
    assert.equal(worthTrying(250, settings), undefined);
    assert.equal(worthTrying(1, settings), undefined);
  });

  it("take the costs that a trace carries, and no path that it names", () => {
    const costs = (header: Parameters<typeof costsOfTrace>[0]): unknown => {
      const result = costsOfTrace(header);
      if (!result.ok) assertOneSentence(result.failure.message);
      return result.ok ? result.value : result.failure.code;
    };
    assert.deepEqual(costs({ soc: { id: "snapdragon-8-gen-3" } }), { soc: "snapdragon-8-gen-3" });
    assert.deepEqual(costs({ source: { costs: { soc: "tensor-g4" } } }), { soc: "tensor-g4" });
    assert.deepEqual(costs({ source: { costs: { inline: { matmuls: [] } } } }), { inline: { matmuls: [] } });
    assert.equal(costs({ source: { costs: { profile: "/etc/passwd", socFile: "/etc/passwd" } } }), "costs-missing");
    assert.equal(costs(undefined), "costs-missing");
  });
});
