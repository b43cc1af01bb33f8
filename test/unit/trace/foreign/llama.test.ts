import assert from "node:assert/strict";
import { annotationsOf } from "../../../../src/trace/annotations";
import { decodeTrace } from "../../../../src/trace/decode";
import { kindOfGgmlOp, nameOfTensor } from "../../../../src/trace/foreign/ggml";
import { sumRange } from "../../../../src/trace/range";
import { type Trace, endOf, nameOf, startOf } from "../../../../src/trace/trace";
import { readWork } from "../../../../src/trace/work";
import { assertOneSentence } from "../../../fixtures/sentence";
import { decoded } from "../support/handMade";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function slices(trace: Trace): unknown[] {
  return trace.rows.flatMap((row) =>
    Array.from({ length: row.end - row.first }, (_, i) => {
      const slice = row.first + i;
      const { text, layer, kind } = nameOf(trace, slice);
      return [trace.tracks[row.track]?.name, text, layer, kind, startOf(trace, slice), endOf(trace, slice)];
    }),
  );
}

describe("cl_profiling.csv of llama.cpp", () => {
  const head = "op name, kernel name, exec duration (ms), global size, local size, output size\n";

  it("lays kernels end to end, for it has no times", () => {
    const trace = decoded(
      utf8(
        head +
          "Qcur-3,kernel_mul_mat_q4_0_f32_8x_flat,0.120000,64x4096x1,64x1x1,4096x64x1x1\n" +
          "norm-3,kernel_rms_norm,0.004000,64x1x1,64x1x1,4096x64x1x1\n" +
          "a,b,c\n" +
          "result_output,kernel_mul_mat_q6_K_f32,1.5,1x1x1,1x1x1,128256x1x1x1\n",
      ),
    );
    assert.deepEqual(slices(trace), [
      ["GPU queue", "blk.3.Qcur", 3, "matmul", 0, 120_000],
      ["GPU queue", "blk.3.norm", 3, "norm", 120_000, 124_000],
      ["GPU queue", "result_output", -1, "matmul", 124_000, 1_624_000],
    ]);
    assert.deepEqual(annotationsOf(trace, 0).slice(1), [
      { name: "kernel", value: "kernel_mul_mat_q4_0_f32_8x_flat" },
      { name: "global size", value: "64x4096x1" },
      { name: "local size", value: "64x1x1" },
      { name: "output size", value: "4096x64x1x1" },
    ]);
    const { rows } = sumRange(trace, readWork(trace), 0, trace.durationNs, "kind");
    assert.deepEqual(
      rows.map(({ label, wallNs }) => [label, wallNs]),
      [
        ["matmul", 1_620_000],
        ["norm", 4000],
      ],
    );
  });

  it("says so where it holds no kernel", () => {
    const result = decodeTrace(utf8(head), "cl_profiling.csv");
    assert.ok(!result.ok);
    assert.equal(result.failure.code, "trace-garbled");
    assertOneSentence(result.failure.message);
  });
});

describe("log of llama.cpp's Hexagon backend", () => {
  // As ggml-hexagon.cpp logs it, older and newer.
  const op = (name: string, names: string, usec: number, cycles: number, rest = ""): string =>
    `ggml-hex: HTP0 profile-op ${name}: ${names} : 4096:4096 x 4096:64 -> 4096:64 : q4_0 x f32 -> f32 : 1:2 x 1:2 -> 1:2 : ` +
    `usec ${String(usec)} cycles ${String(cycles)}${rest}\n`;

  it("takes begins from the cycle counter, at the run's clock, over its wrap", () => {
    // 800 cycles a µs. The second op begins 160 µs after the first, 128000 cycles later, past 2^32.
    const first = 2 ** 32 - 64_000;
    const trace = decoded(
      utf8(
        "llama_model_loader: other lines\n" +
          op(
            "MUL_MAT",
            "blk.0.attn_q.weight x attn_norm-0 -> Qcur-0",
            120,
            96_000,
            ` start ${String(first)} mhz 800.0`,
          ) +
          op("ROPE", "Qcur-0 x inp_pos -> Qcur-0", 10, 8000, " start 64000 pmu [1,2]"),
      ),
    );
    assert.deepEqual(slices(trace), [
      ["NPU", "blk.0.attn_q", 0, "matmul", 0, 120_000],
      ["NPU", "blk.0.Qcur", 0, "rope", 160_000, 170_000],
    ]);
    const carried = new Map(annotationsOf(trace, 0).map(({ name, value }) => [name, value]));
    assert.equal(carried.get("shape"), "4096:4096 x 4096:64 -> 4096:64");
    assert.equal(carried.get("type"), "q4_0 x f32 -> f32");
    assert.equal(carried.get("cycles"), 96_000);
  });

  it("shows what threads of the NPU did, and lays ops without begins end to end", () => {
    const event = (thread: number, name: string, state: string, cycles: number): string =>
      `ggml-hex: HTP0 trace-op MUL_MAT: thread ${String(thread)} event ${name} info 0 ${state} ${String(cycles)}\n`;
    const trace = decoded(
      utf8(
        op("MUL_MAT", "blk.0.attn_q.weight x a -> Qcur-0", 10, 1000, " start 5000") +
          event(0, "HVX_COMP", "start", 5100) +
          event(10, "HMX_COMP", "start", 5200) +
          event(0, "HVX_COMP", "stop", 5600) +
          event(10, "HMX_COMP", "stop", 5900),
      ),
    );
    assert.deepEqual(
      slices(trace).map((slice) => (slice as unknown[]).filter((_, i) => i !== 2 && i !== 3)),
      [
        ["NPU", "blk.0.attn_q", 0, 10_000],
        ["HVX 0", "HVX_COMP", 1000, 6000],
        ["HMX", "HMX_COMP", 2000, 9000],
      ],
    );
    const older = op("MUL_MAT", "a x b -> Qcur-0", 10, 1000).replace("usec", "op-usec").replace("cycles", "op-cycles");
    const laid = decoded(utf8(older + op("ADD", "a x b -> l_out-0", 5, 500)));
    assert.deepEqual(
      slices(laid).map((slice) => (slice as unknown[]).slice(1)),
      [
        ["blk.0.Qcur", 0, "matmul", 0, 10_000],
        ["blk.0.l_out", 0, "add", 10_000, 15_000],
      ],
    );
  });
});

describe("names of ggml", () => {
  it("become ours", () => {
    assert.equal(nameOfTensor("ffn_out-31"), "blk.31.ffn_out");
    assert.equal(nameOfTensor("Qcur-0 (view)"), "blk.0.Qcur");
    assert.equal(nameOfTensor("result_norm"), "result_norm");
    const kinds = ["MUL_MAT", "SOFT_MAX", "FLASH_ATTN_EXT", "ROPE", "RMS_NORM", "GET_ROWS", "SWIGLU", "ADD", "ARGSORT"];
    assert.deepEqual(kinds.map(kindOfGgmlOp), [
      "matmul",
      "attention",
      "attention",
      "rope",
      "norm",
      "embed",
      "activation",
      "add",
      "other",
    ]);
  });
});
