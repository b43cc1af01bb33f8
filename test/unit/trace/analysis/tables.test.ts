import assert from "node:assert/strict";
import { accuracy } from "../../../../src/trace/analysis/accuracy";
import { barTime, layerBars } from "../../../../src/trace/analysis/layerBars";
import { reachable, roofline } from "../../../../src/trace/analysis/roofline";
import { type GroupBy, busyTime, sumRange } from "../../../../src/trace/range";
import { readWork } from "../../../../src/trace/work";
import { band, op, randomTrace, traceOf } from "../support/handMade";

describe("accuracy", () => {
  it("puts the ops first that add most to the error", () => {
    // ffn_down on the GPU: 10 and 14 for 12 each: off by 2 + 2 = 4, but right on average.
    // attn_q on the NPU in decode: 9 for 10: off by 1. The join: 8 for 3: off by 5. Sum 10.
    const trace = traceOf([
      band("Phase", "prefill", 0, 30),
      band("Phase", "decode", 30, 60),
      op("GPU queue", "blk.0.ffn_down", 0, 10, { predicted_ns: 12_000 }),
      op("GPU queue", "blk.1.ffn_down", 10, 24, { predicted_ns: 12_000 }),
      op("GPU queue", "blk.1.norm", 24, 30),
      op("NPU", "blk.0.attn_q", 30, 39, { predicted_ns: 10_000 }),
      { on: "Sync", name: "join", from: 39, to: 47, annotations: { predicted_ns: 3000 } },
    ]);
    const found = accuracy(trace, readWork(trace));
    assert.deepEqual(
      found.rows.map(({ op: name, on, pass, slices, errorNs, errorShare, bias }) => [
        name,
        on,
        pass,
        slices,
        errorNs,
        errorShare,
        Math.round(bias * 1000) / 1000,
      ]),
      [
        ["join", "sync", "decode", 1, 5000, 0.5, 1.667],
        ["ffn_down", "gpu", "prefill", 2, 4000, 0.4, 0],
        ["attn_q", "npu", "decode", 1, 1000, 0.1, -0.1],
      ],
    );
    assert.deepEqual([found.measuredNs, found.predictedNs, found.errorNs], [41_000, 37_000, 10_000]);
  });

  it("is empty where times are modeled: a prediction is no measurement of itself", () => {
    const trace = traceOf([op("GPU queue", "a", 0, 10, { predicted_ns: 12_000 })], { format: 1, origin: "modeled" });
    assert.deepEqual(accuracy(trace, readWork(trace)).rows, []);
  });
});

describe("roofline", () => {
  it("places ops by intensity and rate, against the roof the header names", () => {
    // 2 ops, 20 µs, 4e6 flops, 2e4 bytes: 200 flop/B, 0.2 TFLOPS, 1 GB/s.
    const header = {
      format: 1,
      processors: [
        { kind: "gpu", name: "Adreno 750", state: "ready", roof: { tflops: 1, gbps: 2, origin: "measured" } },
      ],
    };
    const work = { flops: 2_000_000, bytes: 10_000 };
    const trace = traceOf(
      [
        band("Phase", "prefill", 0, 50),
        op("GPU queue", "blk.0.ffn_down", 0, 10, work),
        op("GPU queue", "blk.1.ffn_down", 10, 20, work),
        op("NPU", "blk.0.attn_q", 0, 5, work),
        op("NPU", "blk.0.rope", 5, 9, { bytes: 10 }),
      ],
      header,
    );
    const { points, roofs } = roofline(trace, readWork(trace));
    assert.deepEqual(points, [
      {
        op: "ffn_down",
        processor: "gpu",
        pass: "prefill",
        slices: 2,
        ns: 20_000,
        flops: 4_000_000,
        bytes: 20_000,
        intensity: 200,
        flopsPerSecond: 2e11,
        bytesPerSecond: 1e9,
        // Bandwidth allows 2 GB/s x 200 = 0.4 TFLOPS, below the arithmetic's 1.
        ofRoof: 0.5,
      },
      {
        op: "attn_q",
        processor: "npu",
        pass: "prefill",
        slices: 1,
        ns: 5000,
        flops: 2_000_000,
        bytes: 10_000,
        intensity: 200,
        flopsPerSecond: 4e11,
        bytesPerSecond: 2e9,
      },
    ]);
    assert.ok(roofs.gpu);
    assert.equal(reachable(roofs.gpu, 1e6), 1e12);
    assert.equal(roofs.npu, undefined);
  });
});

describe("layerBars", () => {
  it("splits a layer's wall time by what worked in it", () => {
    // Layer 0, 0–20: GPU 0–12, NPU 8–16, join 16–19 and what it leaves to do 19–20. Layer 1, 20–30: GPU throughout.
    const trace = traceOf([
      band("Layer", "layer 0", 0, 20),
      band("Layer", "layer 1", 20, 30),
      band("Layer", "layer 0", 30, 34),
      op("GPU queue", "a", 0, 12),
      op("GPU queue", "b", 20, 30),
      op("NPU", "a", 8, 16),
      band("Sync", "join", 16, 19),
    ]);
    const bars = layerBars(trace, 0, 32_000);
    assert.deepEqual(
      bars.map(({ label, layer, times, wall }) => [label, layer, times, wall]),
      [
        ["layer 0", 0, 2, { gpu: 8000, both: 4000, npu: 4000, cpu: 0, sync: 4000, idle: 2000 }],
        ["layer 1", 1, 1, { gpu: 10_000, both: 0, npu: 0, cpu: 0, sync: 0, idle: 0 }],
      ],
    );
  });

  it("adds up to the range where bands cover it", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [from, to] = [31_000, 760_000];
      const bars = layerBars(randomTrace(seed), from, to);
      assert.equal(
        bars.reduce((sum, bar) => sum + barTime(bar), 0),
        to - from,
      );
    }
  });
});

describe("sums by kind, processor and strategy", () => {
  it("puts every op and join in its row", () => {
    const trace = traceOf([
      op("GPU queue", "blk.0.ffn_down", 0, 10, { strategy: "weight", bytes: 8 }),
      op("GPU queue", "blk.0.ffn_add", 14, 16, { kind: "add" }),
      op("NPU", "blk.0.ffn_down", 0, 12, { strategy: "weight", bytes: 24 }),
      { on: "CPU", name: "submit", from: 0, to: 3 },
      band("Sync", "join", 10, 13),
    ]);
    const rows = (by: GroupBy): unknown[] =>
      sumRange(trace, readWork(trace), 0, trace.durationNs, by).rows.map((row) => [
        row.label,
        row.slices,
        row.wallNs,
        busyTime(row),
        row.syncNs,
        row.bytes,
      ]);
    assert.deepEqual(rows("kind"), [
      ["matmul", 2, 12_000, 22_000, 0, 32],
      ["add", 1, 2000, 2000, 3000, 0],
    ]);
    assert.deepEqual(rows("processor"), [
      ["gpu", 2, 12_000, 12_000, 3000, 8],
      ["npu", 1, 12_000, 12_000, 0, 24],
    ]);
    assert.deepEqual(rows("strategy"), [
      ["weight", 2, 12_000, 22_000, 0, 32],
      ["unstated", 1, 2000, 2000, 3000, 0],
    ]);
  });

  it("adds up over parts of a range, whatever they are by", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const trace = randomTrace(seed);
      const work = readWork(trace);
      const cuts = [0, 250_000, 600_000, trace.durationNs];
      for (const by of ["op", "kind", "layer", "processor", "strategy", "token"] as const) {
        const whole = sumRange(trace, work, 0, trace.durationNs, by);
        const parts = cuts.slice(1).map((to, i) => sumRange(trace, work, cuts[i] ?? 0, to, by));
        const near = (a: number, b: number): void => {
          assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)), `${by}: ${String(a)} ${String(b)}`);
        };
        near(
          parts.reduce((sum, part) => sum + busyTime(part.total), 0),
          busyTime(whole.total),
        );
        near(
          parts.reduce((sum, part) => sum + part.total.bytes, 0),
          whole.total.bytes,
        );
        near(
          whole.rows.reduce((sum, row) => sum + busyTime(row), 0),
          busyTime(whole.total),
        );
      }
    }
  });
});
