import assert from "node:assert/strict";
import type { Candidate, Plan, PlanOp } from "../../../src/agent/protocol.gen";
import { foldedMatmuls, lengthPlanAt, rangesText } from "../../../src/plan/fold";
import { placementOf, planInHeader } from "../../../src/plan/traced";
import { causeSentence, npuShare } from "../../../src/plan/words";

const candidate = (strategy: Candidate["strategy"], npuRows = 0, pieces: number[] = []): Candidate => ({
  strategy,
  npuRows,
  pieces,
  primaryUs: 10,
  npuUs: 0,
  syncUs: 0,
  totalUs: 10,
  predicted: false,
});

const op = (name: string, layer: number | null, kind = "matmul"): PlanOp => ({
  name,
  layer,
  kind,
  type: "Q4_0",
  n: 64,
  k: 32,
});

const plan: Plan = {
  settings: {},
  origin: "modeled",
  costModel: "test",
  primary: "gpu",
  hasNpu: true,
  ops: [op("blk.0.ffn_down", 0), op("blk.0.ffn_add", 0, "add"), op("blk.1.ffn_down", 1), op("output", null)],
  placements: [
    { chosen: candidate("gpu"), cause: "fastest", lost: [] },
    { chosen: candidate("npu", 64, [32]), cause: "fastest", lost: [] },
  ],
  lengths: [
    { first: 1, last: 1, length: 1, placement: [0, 0, 0, 0], stepUs: 1, primaryBusyUs: 1, npuBusyUs: 0 },
    { first: 2, last: 32, length: 32, placement: [1, 0, 0, 0], stepUs: 1, primaryBusyUs: 1, npuBusyUs: 0 },
  ],
  graphs: 0,
  graphBytes: 0,
  compileMs: 0,
  notes: [],
};

describe("a plan, folded", () => {
  it("looks a length up", () => {
    assert.equal(lengthPlanAt(plan, 1)?.last, 1);
    assert.equal(lengthPlanAt(plan, 2)?.last, 32);
    assert.equal(lengthPlanAt(plan, 999)?.last, 32);
  });

  it("folds layers that are placed alike, and only those", () => {
    const rows = (tokens: number): string[] =>
      foldedMatmuls(plan, lengthPlanAt(plan, tokens) ?? assert.fail()).map(
        ({ name, layers, placement }) => `${name} [${rangesText(layers)}] ${placement.chosen.strategy}`,
      );
    assert.deepEqual(rows(1), ["ffn_down [0-1] gpu", "output [] gpu"]);
    assert.deepEqual(rows(32), ["ffn_down [0] npu", "ffn_down [1] gpu", "output [] gpu"]);
  });

  it("writes runs of numbers as people do", () => {
    assert.equal(rangesText([0, 1, 2, 5, 7, 8]), "0-2, 5, 7-8");
    assert.equal(rangesText([]), "");
  });
});

describe("a placement in words", () => {
  it("tells the NPU's share by rows or by tokens", () => {
    assert.equal(npuShare(candidate("weight", 16), 64, 1), 0.25);
    assert.equal(npuShare(candidate("activation", 64, [256]), 64, 320), 0.8);
    assert.equal(npuShare(candidate("gpu"), 64, 1), 0);
  });

  it("has one sentence for every cause", () => {
    const sentence = causeSentence("below-npu-minimum", candidate("gpu"), {
      primary: "gpu",
      settings: { minNpuTokens: 32 },
    });
    assert.equal(sentence, "The step has fewer tokens than the NPU's least, 32.");
  });
});

describe("a plan in a trace's header", () => {
  const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it("is read back whole, and gives the placement of an op by name and tokens", () => {
    const read = planInHeader(asJson(plan));
    assert.deepEqual(read, plan);
    assert.equal(placementOf(plan, "blk.0.ffn_down", 20)?.placement.chosen.strategy, "npu");
    assert.equal(placementOf(plan, "blk.0.ffn_down", 1)?.placement.chosen.strategy, "gpu");
    assert.equal(placementOf(plan, "blk.9.ffn_down", 1), undefined);
  });

  it("is refused where it does not hold together", () => {
    const length = plan.lengths[0];
    assert.ok(length !== undefined);
    for (const broken of [
      undefined,
      null,
      [],
      { ...plan, ops: "none" },
      { ...plan, ops: [{ ...plan.ops[0], name: 7 }] },
      { ...plan, lengths: [{ ...length, placement: [0, 0, 0, 9] }] },
      { ...plan, lengths: [{ ...length, placement: [0] }] },
      { ...plan, placements: [{ ...plan.placements[0], chosen: { strategy: "gpu" } }, plan.placements[1]] },
    ])
      assert.equal(planInHeader(asJson(broken ?? null)), undefined);
  });
});
