import assert from "node:assert/strict";
import { type CriticalPath, criticalPath, pathParts } from "../../../../src/trace/analysis/criticalPath";
import { sumPath } from "../../../../src/trace/analysis/pathSums";
import { type Trace, nameOf } from "../../../../src/trace/trace";
import { band, op, randomTrace, traceOf } from "../support/handMade";

/** Steps as text, times in µs. */
function steps(trace: Trace, path: CriticalPath): string[] {
  return Array.from({ length: path.count }, (_, i) => {
    const slice = path.slice[i] as number;
    const name = slice < 0 ? "end" : nameOf(trace, slice).text;
    const [from, to] = [(path.from[i] as number) / 1000, (path.to[i] as number) / 1000];
    return `${String(from)}–${String(to)} ${pathParts[path.part[i] as number] ?? ""} ${name}`;
  });
}

describe("criticalPath", () => {
  it("goes through the longer half of a split, and through its join", () => {
    // GPU  |a 0–10|b 10–30      |      |c 42–50|
    // NPU         |  |b 12–38   |
    // Sync               |join 30–40|
    // c began after the join; the join ended because b's NPU half ended at 38, which leaves 2 µs of join;
    // that half began after a, with 2 µs between; c waited 2 µs after the join.
    const trace = traceOf([
      op("GPU queue", "a", 0, 10),
      op("GPU queue", "b", 10, 30),
      op("GPU queue", "c", 42, 50),
      op("NPU", "b", 12, 38),
      band("Sync", "join", 30, 40),
    ]);
    const path = criticalPath(trace);
    assert.deepEqual(steps(trace, path), [
      "0–10 op a",
      "10–12 wait b",
      "12–38 op b",
      "38–40 join join",
      "40–42 wait c",
      "42–50 op c",
    ]);
    const sums = sumPath(trace, path);
    assert.deepEqual([sums.totalNs, sums.opNs, sums.joinNs, sums.waitNs], [50_000, 44_000, 2000, 4000]);
    assert.deepEqual(
      sums.rows.slice(0, 3).map(({ op: name, on, ns }) => [name, on, ns]),
      [
        ["b", "npu", 26_000],
        ["a", "gpu", 10_000],
        ["c", "gpu", 8000],
      ],
    );
  });

  it("follows a flow where one is, and order where none is", () => {
    // c on the NPU begins at 30. b on the GPU ended last before it, but the flow says that it waited for a.
    const slices = [
      op("GPU queue", "a", 0, 10, {}, [7]),
      op("GPU queue", "b", 10, 28),
      op("NPU", "c", 30, 40, {}, [7]),
    ];
    const byFlow = traceOf(slices);
    assert.deepEqual(steps(byFlow, criticalPath(byFlow)), ["0–10 op a", "10–30 wait c", "30–40 op c"]);
    const byOrder = traceOf(slices.map((slice) => ({ ...slice, flows: [] })));
    assert.deepEqual(steps(byOrder, criticalPath(byOrder)), ["0–10 op a", "10–28 op b", "28–30 wait c", "30–40 op c"]);
  });

  it("counts control slices only where a flow leads through them", () => {
    const submit = { on: "CPU", name: "submit", from: 12, to: 14 } as const;
    const ops = [op("GPU queue", "a", 0, 10), op("GPU queue", "b", 15, 20, {}, [1])];
    const without = traceOf([...ops, submit]);
    assert.deepEqual(steps(without, criticalPath(without)), ["0–10 op a", "10–15 wait b", "15–20 op b"]);
    const through = traceOf([...ops, { ...submit, flows: [1] }]);
    assert.deepEqual(steps(through, criticalPath(through)), [
      "0–10 op a",
      "10–12 wait submit",
      "12–14 op submit",
      "14–15 wait b",
      "15–20 op b",
    ]);
  });

  it("takes a join that began before the work it waits for as what comes after it", () => {
    // The agent writes a batch's flow to its submission, its last slice and the join: 2–3, 8–20 and 5–21.
    const trace = traceOf([
      { on: "Submit", name: "submit", from: 2, to: 3, flows: [9] },
      op("GPU queue", "a", 0, 8),
      op("GPU queue", "b", 8, 20, {}, [9]),
      { on: "NPU sync", name: "join", from: 5, to: 21, flows: [9] },
      op("NPU", "c", 21, 30),
    ]);
    assert.deepEqual(steps(trace, criticalPath(trace)), ["0–8 op a", "8–20 op b", "20–21 join join", "21–30 op c"]);
  });

  it("takes the part of a range, and says where nothing ran", () => {
    const trace = traceOf([band("Phase", "prefill", 0, 100), op("CPU", "a", 10, 40), op("CPU", "b", 50, 60)]);
    assert.deepEqual(steps(trace, criticalPath(trace, 20_000, 80_000)), [
      "20–40 op a",
      "40–50 wait b",
      "50–60 op b",
      "60–80 wait end",
    ]);
    assert.deepEqual(steps(trace, criticalPath(trace, 70_000, 90_000)), ["70–90 wait end"]);
  });

  it("covers any range of any trace once, in order", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const trace = randomTrace(seed);
      const [from, to] = seed % 2 === 0 ? [0, trace.durationNs] : [137_000, 811_000];
      const path = criticalPath(trace, from, to);
      let reached = from;
      for (let i = 0; i < path.count; i++) {
        assert.equal(path.from[i], reached, `seed ${String(seed)}: step ${String(i)} begins where the last ended`);
        assert.ok((path.to[i] as number) > reached);
        reached = path.to[i] as number;
      }
      assert.equal(reached, to);
      const sums = sumPath(trace, path);
      assert.equal(sums.totalNs, to - from);
      assert.equal(
        sums.rows.reduce((sum, row) => sum + row.ns, 0),
        to - from,
      );
    }
  });
});
