import assert from "node:assert/strict";
import { bandsOf } from "../../../src/trace/bands";
import { decodeTrace } from "../../../src/trace/decode";
import { followJoin, neighbour, otherHalf } from "../../../src/trace/navigate";
import { busyTime, sumRange } from "../../../src/trace/range";
import { searchSlices } from "../../../src/trace/search";
import { WallClock, totalTime } from "../../../src/trace/states";
import { summarize } from "../../../src/trace/summary";
import { type Trace, endOf, nameOf, rowOf, startOf, trackOf } from "../../../src/trace/trace";
import { readWork } from "../../../src/trace/work";
import { cpuRun, gpuNpuRun, random } from "../../fixtures/traceScenarios";
import { TraceWriter } from "../../fixtures/traceWriter";

function decode(bytes: Uint8Array): Trace {
  const result = decodeTrace(bytes, "test.pftrace");
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  return result.value;
}

const near = (a: number, b: number, part = 1e-9): void =>
  assert.ok(Math.abs(a - b) <= Math.abs(b) * part + 1e-6, `${a} is not ${b}`);

describe("wall time", () => {
  it("divides every stretch without a rest, as a walk in small steps does", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const next = random(seed);
      const writer = new TraceWriter();
      const t0 = 4_000_000_000_000;
      const spans: { kind: string; from: number; to: number }[] = [];
      for (const [uuid, name, kind] of [
        [10, "GPU queue", "gpu"],
        [11, "NPU", "npu"],
        [12, "CPU", "cpu"],
        [13, "Sync", "sync"],
      ] as const) {
        const track = writer.track({ uuid, name });
        let now = 0;
        for (let i = 0; i < 40; i++) {
          now += Math.floor(next() * 8);
          const length = 1 + Math.floor(next() * 8);
          track.slice(t0 + now, t0 + now + length, "op", { kind: "matmul" });
          spans.push({ kind, from: now, to: now + length });
          now += length;
        }
      }
      const trace = decode(writer.bytes());
      const origin = Math.min(...spans.map(({ from }) => from));
      const end = trace.durationNs;
      const got = new WallClock(trace).between(0, end);
      const at = (kind: string, time: number): boolean =>
        spans.some((span) => span.kind === kind && span.from - origin <= time && time < span.to - origin);
      const busyAt = (time: number): string[] => ["gpu", "npu", "cpu"].filter((kind) => at(kind, time));
      const expected = { gpu: 0, both: 0, npu: 0, cpu: 0, sync: 0, idle: 0 };
      for (let time = 0; time < end; time++) {
        const busy = busyAt(time);
        if (busy.length > 1) expected.both++;
        else if (busy.length === 1) expected[busy[0] as "gpu" | "npu" | "cpu"]++;
        else if (isSync(time)) expected.sync++;
        else expected.idle++;
      }
      // Nothing computes: because of the last join to end in the standstill, if who waited in it goes on or nobody does.
      function isSync(time: number): boolean {
        let [from, to] = [time, time + 1];
        while (from > 0 && busyAt(from - 1).length === 0) from--;
        while (to < end && busyAt(to).length === 0) to++;
        const next = to < end ? busyAt(to) : [];
        if (next.length > 0 && next.every((kind) => kind === "npu")) return false;
        const ended = spans.filter((span) => span.kind === "sync" && span.to - origin > from && span.to - origin <= to);
        const last = ended.at(-1);
        return last !== undefined && time >= last.from - origin;
      }
      assert.deepEqual(got, expected, `seed ${seed}`);
    }
  });
});

describe("summarize", () => {
  it("gives every layer of both passes with its wall time", () => {
    const trace = decode(gpuNpuRun({ layers: 4, generatedTokens: 5 }));
    const summary = summarize(trace);
    assert.deepEqual(
      summary.passes.map(({ pass, tokens, layers }) => [pass, tokens, layers.map(({ label }) => label)]),
      [
        ["prefill", 256, ["0", "1", "2", "3", "out"]],
        ["decode", 4, ["0", "1", "2", "3", "out"]],
      ],
    );
    for (const pass of summary.passes) {
      const wall = pass.layers.reduce((sum, layer) => sum + layer.totalNs, 0);
      near(totalTime(pass.wall), wall);
      const repeats = pass.pass === "decode" ? 4 : 1;
      assert.ok(wall * repeats <= pass.end - pass.start + 1);
      assert.ok(wall * repeats > (pass.end - pass.start) * 0.9);
    }
    assert.equal(summary.heterogeneous, true);
    near(
      summary.ranOn.reduce((sum, { share }) => sum + share, 0),
      1,
    );
    const down = summary.passes[0]?.layers.slice(0, 2).map((layer) => layer.processors.get("ffn_down"));
    assert.deepEqual(down, ["gpu", "both"]);
  });

  it("takes the agent's figures, and works them out where the file was cut", () => {
    const whole = summarize(decode(cpuRun()));
    const cut = summarize(decode(cpuRun({ footer: false })));
    assert.equal(whole.heterogeneous, false);
    assert.ok(whole.peakMemoryBytes !== undefined && cut.peakMemoryBytes === undefined);
    near(cut.prefillTokensPerSecond ?? 0, whole.prefillTokensPerSecond ?? 1, 0.01);
    near(cut.decodeTokensPerSecond ?? 0, whole.decodeTokensPerSecond ?? 1, 0.01);
  });

  it("names no memory where a simulation held none", () => {
    const trace = decode(gpuNpuRun());
    const stats = { ...trace.footer?.stats, peakMemoryBytes: 0 };
    assert.ok(trace.footer !== undefined);
    const simulated = summarize({ ...trace, footer: { ...trace.footer, stats } });
    assert.equal(simulated.peakMemoryBytes, undefined);
    assert.ok(simulated.decodeTokensPerSecond !== undefined);
  });
});

describe("sumRange", () => {
  it("adds up to the same, however it is grouped", () => {
    const trace = decode(gpuNpuRun({ layers: 3, generatedTokens: 4 }));
    const work = readWork(trace);
    const [from, to] = [trace.durationNs * 0.2, trace.durationNs * 0.9];
    const byWork = sumRange(trace, work, from, to, "work");
    near(totalTime(byWork.wall), to - from);
    for (const groupBy of ["work", "op", "layer", "token"] as const) {
      const sum = sumRange(trace, work, from, to, groupBy);
      for (const what of ["wallNs", "syncNs", "bytes", "flops", "predictedNs", "measuredNs"] as const) {
        near(sum.total[what], byWork.total[what]);
      }
      near(
        sum.rows.reduce((ns, row) => ns + busyTime(row), 0),
        busyTime(sum.total),
      );
      near(
        sum.rows.reduce((bytes, row) => bytes + row.bytes, 0),
        sum.total.bytes,
      );
      assert.equal(
        sum.rows.reduce((count, row) => count + row.slices, 0),
        sum.total.slices,
      );
    }
    const tokens = sumRange(trace, work, 0, trace.durationNs, "token").rows.map(({ label }) => label);
    assert.deepEqual(tokens, ["prompt", "token 1", "token 2", "token 3"]);
  });

  it("counts two halves that run at once once in wall time", () => {
    const trace = decode(gpuNpuRun({ layers: 2, generatedTokens: 1 }));
    const layer = bandsOf(trace, "Layer").find(({ name }) => name === "layer 1");
    assert.ok(layer !== undefined);
    const down = sumRange(trace, readWork(trace), layer.start, layer.end, "op").rows.find(
      ({ label }) => label === "ffn_down",
    );
    assert.ok(down !== undefined && down.slices === 2);
    assert.ok(down.wallNs < busyTime(down) * 0.6 && down.wallNs >= Math.max(down.busyNs.gpu, down.busyNs.npu));
    near(down.flops, 2 * 256 * 14336 * 4096, 1e-6);
  });
});

describe("searchSlices", () => {
  it("finds names by parts of them, in time order", () => {
    const trace = decode(gpuNpuRun({ layers: 3, generatedTokens: 3 }));
    const found = [...searchSlices(trace, "blk.1 FFN_down")];
    assert.ok(found.length > 0 && found.every((slice) => nameOf(trace, slice).text === "blk.1.ffn_down"));
    assert.ok(found.every((slice, i) => i === 0 || startOf(trace, found[i - 1] ?? 0) <= startOf(trace, slice)));
    assert.equal(searchSlices(trace, "ffn_dwn").length, 0);
    assert.equal(searchSlices(trace, "  ").length, 0);
  });
});

describe("navigation", () => {
  it("moves along a track, to the other half, and over joins", () => {
    const trace = decode(gpuNpuRun({ layers: 2, generatedTokens: 1 }));
    const [half] = searchSlices(trace, "blk.1.ffn_down");
    assert.ok(half !== undefined);
    const other = otherHalf(trace, half);
    assert.ok(other !== undefined && other !== half && otherHalf(trace, other) === half);
    assert.notEqual(trackOf(trace, half)?.kind, trackOf(trace, other)?.kind);
    const join = followJoin(trace, half, 1);
    assert.equal(join === undefined ? "" : trackOf(trace, join)?.kind, "joins");
    const next = neighbour(trace, half, 1);
    assert.ok(
      next !== undefined && rowOf(trace, next) === rowOf(trace, half) && startOf(trace, next) >= endOf(trace, half),
    );
    assert.equal(neighbour(trace, 0, -1), undefined);
  });
});
