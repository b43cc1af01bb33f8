import assert from "node:assert/strict";
import { paddedTokens, placementWords, primaryShare, splitText } from "../../../src/plan/placementWords";
import type { Candidate, Cause, Placement } from "../../../src/plan/types";
import { candidate } from "../../fixtures/plans";

const plan = { primary: "gpu", settings: { standardLengths: [1, 32, 64, 128, 256, 512] } } as const;
const words = (chosen: Candidate, cause: Cause, lost: Candidate[] = [], tokens = 300): string => {
  const placement: Placement = { chosen, cause, lost };
  return placementWords({
    op: { n: 4096, type: "Q6_K" },
    placement,
    tokens,
    plan: { ...plan, settings: { standardLengths: [...plan.settings.standardLengths] } },
  });
};

const activation = candidate("activation", { rows: 4096, pieces: [256, 32], gpu: 400, npu: 2000, sync: 20 });
const pad = candidate("pad", { rows: 4096, pieces: [512], npu: 3000, sync: 20 });
const hybrid = candidate("hybrid", { rows: 3072, pieces: [512], gpu: 2100, npu: 2200, sync: 20 });

describe("a placement in words", () => {
  it("says which tokens go where, and what padding would compute for nothing", () => {
    assert.equal(
      words(activation, "fastest", [hybrid, pad]),
      "300 is not a standard length. 256 and 32 tokens run on prebuilt NPU graphs, one after the other; the GPU takes the last 12 at the same time. Padding to 512 would compute 212 tokens for nothing. The next best, hybrid, would take 9.9\u202f% longer.",
    );
  });

  it("says which rows go where", () => {
    assert.match(
      words(hybrid, "fastest", [pad]),
      /the first 1\u202f024 of 4\u202f096 output features .* the NPU computes the other 3\u202f072 .* a graph for 512, 212 tokens of it for nothing/,
    );
    const weight = candidate("weight", { rows: 2048, pieces: [1], gpu: 100, npu: 90 });
    assert.match(
      words(weight, "bandwidth-adds", [], 1),
      /^Both compute all tokens at once.*read faster than either alone\.$/,
    );
  });

  it("names the type that the NPU has no kernel for, and a saved join", () => {
    assert.equal(
      words(candidate("gpu", { gpu: 900 }), "type-not-on-npu"),
      "All of it runs on the GPU. The NPU has no kernel for Q6_K weights.",
    );
    assert.match(
      words(pad, "fastest", [hybrid]),
      /By itself hybrid would be 26\u202f% faster; along the chain of ops this is\.$/,
    );
  });

  it("cuts the work into labels", () => {
    const text = (of: Candidate, tokens = 300): string => splitText(of, 4096, tokens);
    assert.equal(text(activation), "256 + 32 | 12");
    assert.equal(text(hybrid), "1 : 3 in 512");
    assert.equal(text(pad), "300 in 512");
    assert.equal(text(candidate("weight", { rows: 3641, pieces: [256] }), 256), "1 : 8");
    assert.equal(text(candidate("gpu", {})), "all GPU");
    assert.equal(text(candidate("npu", { rows: 4096, pieces: [256] }), 256), "all NPU");
  });

  it("gives the primary's part and the padding", () => {
    assert.equal(primaryShare(hybrid, 4096, 300), 0.25);
    assert.ok(Math.abs(primaryShare(activation, 4096, 300) - 0.04) < 1e-9);
    assert.equal(primaryShare(candidate("gpu", {}), 4096, 300), 1);
    assert.equal(paddedTokens(pad, 300), 212);
    assert.equal(paddedTokens(activation, 300), 0);
  });
});
