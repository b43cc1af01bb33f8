// Where the roofline plot puts things.
import assert from "node:assert/strict";
import type { Roofline, RooflinePoint } from "../../../src/trace/analysis/roofline";
import { logPart, rooflineSpans } from "../../../webview/timeline/dock/rooflinePlot";

const point = (intensity: number, flopsPerSecond: number): RooflinePoint => ({
  op: "ffn_down",
  processor: "gpu",
  pass: "prefill",
  slices: 1,
  ns: 1,
  flops: flopsPerSecond / 1e9,
  bytes: flopsPerSecond / 1e9 / intensity,
  intensity,
  flopsPerSecond,
  bytesPerSecond: flopsPerSecond / intensity,
});

describe("the roofline plot", () => {
  it("counts by powers of ten", () => {
    const span = { from: 1, to: 1000 };
    for (const [value, part] of [
      [1, 0],
      [10, 1 / 3],
      [1000, 1],
    ] as const)
      assert.ok(Math.abs(logPart(span, value) - part) < 1e-12);
  });

  it("reaches every point and every ridge, with room around", () => {
    const roofs: Roofline["roofs"] = { npu: { flopsPerSecond: 4e12, bytesPerSecond: 40e9, origin: "measured" } };
    const { x, y } = rooflineSpans({ points: [point(0.5, 20e9), point(2, 80e9)], roofs });
    assert.ok(x.from < 0.5 && x.to > 100, "the ridge is at 100 operations per byte");
    assert.ok(y.from < 20e9 && y.to > 4e12);
    const alone = rooflineSpans({ points: [point(0.5, 20e9)], roofs: {} });
    assert.ok(alone.x.from < 0.5 && alone.x.to > 0.5, "one point has a width, too");
  });
});
