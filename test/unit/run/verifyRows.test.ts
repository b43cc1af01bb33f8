import assert from "node:assert/strict";
import type { VerifyResult, VerifyRow } from "../../../src/agent/protocol.gen";
import { countsSentence, errorText, verifiedOps, verifyCounts } from "../../../src/run/verifyRows";
import { verifyReport } from "../../../src/ui/verifyReport";

const row = (more: Partial<VerifyRow>): VerifyRow => ({
  processor: "npu",
  kind: "matmul",
  op: "blk.0.ffn_down",
  standsFor: 6,
  k: 512,
  n: 256,
  type: "Q8_0",
  tokens: 1,
  paddedTokens: 1,
  outcome: "passed",
  nmse: 1e-6,
  maxError: 0.01,
  reason: null,
  ...more,
});

const processor = (kind: "cpu" | "gpu" | "npu", name: string): VerifyResult["processors"][number] => ({
  kind,
  name,
  state: "ready",
  role: "primary",
  reason: null,
  features: [],
  threads: 1,
});

const result: VerifyResult = {
  bar: 5e-4,
  passed: false,
  complete: true,
  processors: [processor("cpu", "A CPU"), processor("gpu", "Adreno 750"), processor("npu", "HTP")],
  rows: [
    row({}),
    row({ tokens: 33, paddedTokens: 64, nmse: 3e-5, maxError: 0.2 }),
    row({ tokens: 64, outcome: "beyond", nmse: null, maxError: null, reason: "Wrong." }),
    row({ op: "output", outcome: "refused", tokens: 0, nmse: null, maxError: null, reason: "Too large." }),
    row({ processor: "gpu", kind: "norm", op: "blk.0.attn_norm", n: 256 }),
  ],
  elapsedMs: 1234,
};

describe("what verify found", () => {
  it("is one row for each op, processor and outcome, with the largest errors", () => {
    const ops = verifiedOps(result.rows);
    assert.deepEqual(
      ops.map(({ op, processor: on, outcome, tokens, shape }) => [op, on, outcome, tokens, shape]),
      [
        ["blk.0.ffn_down", "npu", "passed", [1, 33], "512 → 256"],
        ["blk.0.ffn_down", "npu", "beyond", [64], "512 → 256"],
        ["output", "npu", "refused", [], "512 → 256"],
        ["blk.0.attn_norm", "gpu", "passed", [1], "256"],
      ],
    );
    assert.deepEqual([ops[0]?.nmse, ops[0]?.maxError, ops[1]?.nmse], [3e-5, 0.2, null]);
  });

  it("is a sentence for each processor", () => {
    assert.deepEqual(verifyCounts(result).map(countsSentence), [
      "GPU (Adreno 750): 1 comparison, all within the bar",
      "NPU (HTP): 3 comparisons, beyond the bar in blk.0.ffn_down, refuses output",
    ]);
  });

  it("is a report that begins with what is wrong", () => {
    const header = { name: "Tiny", type: "Q8_0" };
    const report = verifyReport({ result, model: { header } } as Parameters<typeof verifyReport>[0], "Xiaomi 14");
    assert.match(report, /^# Tiny Q8_0 on Xiaomi 14: \*\*failed\*\*\n/);
    assert.match(report, /\| blk\.0\.ffn_down \| NPU \| beyond \| Wrong\. \|\n/);
    assert.ok(report.indexOf("## Not passed") < report.indexOf("## Every comparison"));
    assert.match(report, /3\.0e-5/);
  });

  it("gives errors two figures", () => {
    assert.deepEqual([errorText(0), errorText(null), errorText(0.000321)], ["0", "–", "3.2e-4"]);
  });
});
