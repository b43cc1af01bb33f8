import assert from "node:assert/strict";
import { planExceptions, planSums } from "../../../src/plan/exceptions";
import { differences, lengthChoices, planMatrix, spanOf, tokensOf } from "../../../src/plan/matrix";
import { planOfTrace } from "../../../src/plan/ofTrace";
import type { LengthPlan, Plan } from "../../../src/plan/types";
import { heterogeneousPlan } from "../../fixtures/plans";
import { assertOneSentence } from "../../fixtures/sentence";

const plan = heterogeneousPlan(4);
const at = (tokens: number, of: Plan = plan): LengthPlan => spanOf(of, tokens) ?? assert.fail();

describe("layers by ops", () => {
  it("has a column for each matmul, and one for what lies between", () => {
    const { columns, rows, outside } = planMatrix(plan, at(300), false);
    assert.deepEqual(
      columns.map(({ kind, name }) => `${kind} ${name}`),
      [
        "others norm",
        "matmul attn_q",
        "matmul attn_k",
        "matmul attn_v",
        "others rope core",
        "matmul attn_output",
        "others norm",
        "matmul ffn_gate_up",
        "others act",
        "matmul ffn_down",
        "others add",
      ],
    );
    assert.deepEqual(
      rows.map(({ label }) => label),
      ["0", "1", "2", "3"],
    );
    assert.equal(rows[2]?.cells[9]?.[0]?.op.name, "blk.2.ffn_down");
    assert.deepEqual(
      outside.map(({ op }) => op.name),
      ["output"],
    );
  });

  it("folds layers that are placed alike; other types and overrides stay apart", () => {
    const labels = (tokens: number): string[] => planMatrix(plan, at(tokens), true).rows.map(({ label }) => label);
    assert.deepEqual(labels(300), ["0", "1-2", "3"]);
    assert.deepEqual(labels(256), ["0", "1-3"]);
  });

  it("keeps layers that lack an op in line with the others", () => {
    const ops = plan.ops.filter(({ name }) => name !== "blk.1.attn_k");
    const lost = plan.ops.findIndex(({ name }) => name === "blk.1.attn_k");
    const lengths = plan.lengths.map((length) => ({
      ...length,
      placement: length.placement.filter((_, index) => index !== lost),
    }));
    const uneven = { ...plan, ops, lengths };
    const { rows } = planMatrix(uneven, at(300, uneven), false);
    const { cells } = rows[1] ?? assert.fail();
    assert.deepEqual(cells[2], []);
    assert.equal(cells[3]?.[0]?.op.name, "blk.1.attn_v");
  });

  it("counts one token for what follows the selection of the last one", () => {
    const select = { name: "blk.3.select", layer: 3, kind: "select", type: null, n: 4096, k: 0 };
    const before = plan.ops.findIndex(({ name }) => name === "blk.3.attn_output");
    const insert = <T>(list: readonly T[], item: T): T[] => [...list.slice(0, before), item, ...list.slice(before)];
    const selecting: Plan = {
      ...plan,
      ops: insert(plan.ops, select),
      lengths: plan.lengths.map((length) => ({ ...length, placement: insert(length.placement, 0) })),
    };
    const { rows } = planMatrix(selecting, at(300, selecting), false);
    const tokens = (layer: number, column: number): number =>
      tokensOf(rows[layer]?.cells[column]?.[0] ?? assert.fail(), 300);
    assert.deepEqual([tokens(3, 1), tokens(3, 5), tokens(3, 9), tokens(2, 9)], [300, 1, 1, 300]);
  });

  it("offers standard lengths, the prompt and the longest, as far as the plan has them", () => {
    assert.deepEqual(lengthChoices(plan, 300), [32, 64, 128, 256, 300]);
    assert.deepEqual(lengthChoices(plan, 9000), [32, 64, 128, 256, 300]);
    const outline = { ...plan, lengths: plan.lengths.filter(({ last }) => last !== 256) };
    assert.deepEqual(lengthChoices(outline, undefined), [300]);
    assert.equal(spanOf(outline, 100), undefined);
  });

  it("names what another plan places otherwise", () => {
    assert.deepEqual(differences(plan, plan, 300), new Set());
    const other = heterogeneousPlan(4);
    const target = other.ops.findIndex(({ name }) => name === "blk.2.attn_q");
    const gpu = other.placements.findIndex(({ chosen }) => chosen.strategy === "gpu");
    const length = spanOf(other, 300) ?? assert.fail();
    length.placement[target] = gpu;
    assert.deepEqual(differences(plan, other, 300), new Set(["blk.2.attn_q"]));
    assert.deepEqual(differences(plan, other, 256), new Set());
    assert.ok(differences(heterogeneousPlan(5), plan, 300).has("blk.4.attn_q"));
  });

  it("finds the exceptions, and says what they cost", () => {
    const found = planExceptions(planMatrix(plan, at(300), false));
    assert.deepEqual(
      found.map(({ name, cause, type, extraUs }) => [name, cause, type, Math.round(extraUs)]),
      [
        ["blk.3.ffn_gate_up", "override", undefined, 4420],
        ["blk.0.ffn_down", "type-not-on-npu", "Q6_K", 18310],
      ],
    );
  });

  it("adds up strategies, times and padding", () => {
    const { rows, outside } = planMatrix(plan, at(300), false);
    const matmuls = [...rows.flatMap(({ cells }) => cells.flat()), ...outside].filter(({ op }) => op.kind === "matmul");
    const sums = planSums(matmuls, 300);
    assert.deepEqual(Object.fromEntries(sums.strategies), { activation: 11, pad: 8, gpu: 2, hybrid: 4 });
    // Hand-made: 2 attn of 288, gate_up of 288 in three layers; k, v and hybrids run 512 for 300.
    const covered =
      2 * 4 * 288 * 4096 * 4096 + 3 * 288 * 28672 * 4096 + 512 * 4096 * (8 * 1024 + 22944) + 512 * 3 * 2048 * 14336;
    const padding = 212 * 4096 * (8 * 1024 + 22944) + 212 * 3 * 2048 * 14336;
    assert.ok(Math.abs(sums.padded - padding / covered) < 1e-9);
  });
});

describe("the plan of a trace", () => {
  it("is there, missing, damaged or of another model, each in one sentence", () => {
    const code = (header: Parameters<typeof planOfTrace>[0]): string => {
      const result = planOfTrace(header);
      if (result.ok) return "ok";
      assertOneSentence(result.failure.message);
      return result.failure.code;
    };
    assert.equal(code({ plan, model: { layers: 4 } }), "ok");
    assert.equal(code(undefined), "plan-missing");
    assert.equal(code({ plan: null }), "plan-missing");
    assert.equal(code({ plan: { ...plan, placements: [] } }), "plan-damaged");
    assert.equal(code({ plan: { ...plan, primary: "dsp" } }), "plan-damaged");
    assert.equal(code({ plan, model: { layers: 5 } }), "plan-other-model");
  });
});
