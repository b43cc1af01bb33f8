import assert from "node:assert/strict";
import { OpTimes } from "../../../../src/trace/analysis/opTimes";
import { decodeTrace } from "../../../../src/trace/decode";
import { nameOf } from "../../../../src/trace/trace";
import { gpuNpuRun } from "../../../fixtures/traceScenarios";

describe("times of ops by pass and length", () => {
  const decoded = decodeTrace(gpuNpuRun({ layers: 3, promptTokens: 300, generatedTokens: 4 }), "run.pftrace");
  assert.ok(decoded.ok);
  const trace = decoded.value;
  const times = new OpTimes(trace);

  it("count steps, and take both halves of an op as one", () => {
    const prefill = times.of("prefill", 257, 300);
    const down = prefill.get("blk.2.ffn_down");
    assert.equal(down?.steps, 1);
    // 14.08 ms on both at once, within the fixture's noise; the sum of the halves would be twice that.
    assert.ok(down.meanNs > 13.5e6 && down.meanNs < 14.9e6, String(down.meanNs));
    assert.equal(nameOf(trace, down.slice).text, "blk.2.ffn_down");
    // The first token comes from the prefill.
    assert.equal(times.of("decode", 1, 1).get("blk.2.attn_q")?.steps, 3);
  });

  it("keep lengths and passes apart", () => {
    assert.deepEqual(times.lengths("prefill"), [300]);
    assert.deepEqual(times.lengths("decode"), [1]);
    assert.equal(times.of("prefill", 2, 256).get("blk.2.ffn_down"), undefined);
    assert.equal(times.of("decode", 2, 256).get("nothing"), undefined);
  });
});
