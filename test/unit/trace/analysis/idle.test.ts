import assert from "node:assert/strict";
import { gapCauses, idleGaps, longestGaps } from "../../../../src/trace/analysis/idleGaps";
import { overlap } from "../../../../src/trace/analysis/overlap";
import { nameOf } from "../../../../src/trace/trace";
import { band, op, randomTrace, traceOf } from "../support/handMade";

describe("idleGaps", () => {
  it("says what each gap waited for", () => {
    // GPU |a 0–10|      gap 10–40      |c 40–50|   gap 50–55   |d 55–60|
    // NPU        |b 12–35|                                        idle 0–12 and 35–60
    // Sync               |join 33–38|
    // The GPU's first gap holds a join and b; its second gap nothing.
    const trace = traceOf([
      op("GPU queue", "a", 0, 10),
      op("GPU queue", "c", 40, 50),
      op("GPU queue", "d", 55, 60),
      op("NPU", "b", 12, 35),
      band("Sync", "join", 33, 38),
    ]);
    const found = idleGaps(trace).map((gaps) => [
      gaps.processor,
      ...Array.from({ length: gaps.count }, (_, i) => {
        const name = (slice: number): string => (slice < 0 ? "–" : nameOf(trace, slice).text);
        return [
          (gaps.start[i] as number) / 1000,
          (gaps.duration[i] as number) / 1000,
          name(gaps.next[i] as number),
          name(gaps.waitedFor[i] as number),
          gapCauses[gaps.cause[i] as number],
        ];
      }),
    ]);
    assert.deepEqual(found, [
      ["gpu", [10, 30, "c", "b", "join"], [50, 5, "d", "–", "nothing seen"]],
      ["npu", [0, 12, "b", "a", "other processor"], [35, 25, "–", "d", "join"]],
    ]);
    const [gpu, npu] = idleGaps(trace);
    assert.deepEqual([gpu?.totalNs, gpu?.causeNs], [35_000, [30_000, 0, 5000]]);
    assert.deepEqual(npu && [...longestGaps(npu, 1)], [1]);
  });

  it("takes the flow's word for what an op waited for", () => {
    const trace = traceOf([
      op("GPU queue", "a", 0, 10, {}, [5]),
      op("GPU queue", "b", 10, 28),
      op("NPU", "before", 0, 5),
      op("NPU", "c", 30, 40, {}, [5]),
    ]);
    const npu = idleGaps(trace).find(({ processor }) => processor === "npu");
    assert.equal(nameOf(trace, npu?.waitedFor[0] ?? -1).text, "a");
  });

  it("adds up with busy time to the range, on every processor", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const trace = randomTrace(seed);
      const [from, to] = [100_500, 900_250];
      const busy = overlap(trace, from, to).busyNs;
      for (const gaps of idleGaps(trace, from, to)) {
        assert.equal(gaps.totalNs + busy[gaps.processor], to - from);
        assert.equal(
          gaps.causeNs.reduce((sum, ns) => sum + ns, 0),
          gaps.totalNs,
        );
      }
    }
  });
});

describe("overlap", () => {
  it("is time together over time any computes; submitting is no computing", () => {
    // GPU 0–30, NPU 20–50, CPU submits 0–60: together 20–30 = 10, any 0–50 = 50.
    const trace = traceOf([
      op("GPU queue", "a", 0, 30),
      op("NPU", "b", 20, 50),
      { on: "CPU", name: "submit", from: 0, to: 60 },
    ]);
    assert.deepEqual(overlap(trace), {
      anyNs: 50_000,
      togetherNs: 10_000,
      percent: 20,
      busyNs: { gpu: 30_000, npu: 30_000, cpu: 0 },
    });
    // In 25–40: together 5 of 15.
    assert.equal(overlap(trace, 25_000, 40_000).togetherNs, 5000);
  });

  it("stays between 0 and 100, and adds up over parts of a range", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const trace = randomTrace(seed);
      const whole = overlap(trace);
      assert.ok(whole.percent >= 0 && whole.percent <= 100);
      const cuts = [0, 123_000, 400_000, 777_777, trace.durationNs];
      const parts = cuts.slice(1).map((to, i) => overlap(trace, cuts[i], to));
      assert.equal(
        parts.reduce((sum, part) => sum + part.anyNs, 0),
        whole.anyNs,
      );
      assert.equal(
        parts.reduce((sum, part) => sum + part.togetherNs, 0),
        whole.togetherNs,
      );
    }
  });

  it("is nothing in a trace without ops", () => {
    assert.equal(overlap(traceOf([band("Phase", "prefill", 0, 10)])).percent, 0);
  });
});
