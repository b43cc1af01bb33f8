// What the tuner works out without an agent.
import assert from "node:assert/strict";
import { neighbours } from "../../../src/plan/neighbours";
import { paretoFront } from "../../../src/plan/pareto";
import { curveLengths, decodeRate, prefillRate, prefillUs, primaryShareOf } from "../../../src/plan/prediction";
import { savedText } from "../../../src/plan/saveSettings";
import { changedSettings, leanSettings, solverDefaults, withReset } from "../../../src/plan/settingsModel";
import { parseAxis, sweepPoints } from "../../../src/plan/sweepAxes";

describe("settings of the solver", () => {
  it("say only what differs from the defaults", () => {
    assert.deepEqual(
      leanSettings({ rowStep: 32, sync: "driver", strategies: [...solverDefaults.strategies].reverse() }),
      {
        sync: "driver",
      },
    );
    assert.deepEqual(changedSettings({ rowStep: 64 }, { rowStep: 64, overrides: [] }), []);
    assert.deepEqual(changedSettings({}, { gpuShareCap: 0.6, strategies: ["npu", "gpu"] }), [
      "strategies",
      "gpuShareCap",
    ]);
  });

  it("are written with what the file says already, and nothing else", () => {
    const file = '{\n  "solver": {\n    "sync": "fast"\n  }\n}\n';
    const saved = savedText(file, { rowStep: 64, maxPieces: 4 });
    assert.ok(saved.ok);
    assert.deepEqual(JSON.parse(saved.value), { solver: { sync: "fast", rowStep: 64 } });
    const fresh = savedText(undefined, { sync: "driver" });
    assert.ok(fresh.ok);
    assert.deepEqual(JSON.parse(fresh.value), { solver: { sync: "driver" } });
    assert.ok(!savedText("{", {}).ok);
  });

  it("go back to what the run had, one by one", () => {
    const now = { rowStep: 64 };
    assert.equal(withReset({ rowStep: 256, sync: "driver" }, now, "rowStep").rowStep, 64);
    assert.equal(withReset({ sync: "driver" }, now, "sync").sync, "fast");
  });
});

describe("predictions from the times of steps", () => {
  const step = (first: number, last: number, stepUs: number) => {
    return { first, last, length: last, stepUs, primaryBusyUs: stepUs / 2, npuBusyUs: stepUs / 4 };
  };
  const steps = [step(1, 1, 1000), step(2, 128, 4000), step(129, 256, 8000)];

  it("cut a long prompt into steps", () => {
    assert.equal(prefillUs(steps, 1), 1000);
    assert.equal(prefillUs(steps, 100), 4000);
    assert.equal(prefillUs(steps, 256), 8000);
    assert.equal(prefillUs(steps, 612), 8000 + 8000 + 4000);
    assert.equal(prefillRate(steps, 256), 32_000);
    assert.equal(decodeRate(steps), 1000);
    assert.equal(prefillRate([], 10), 0);
    assert.equal(primaryShareOf(steps, 200), 0.5);
  });

  it("draw a curve through both ends of every span", () => {
    assert.deepEqual(curveLengths(steps, 200), [2, 128, 129, 200]);
  });
});

describe("the Pareto front", () => {
  const goals = [
    { of: ([x]: readonly number[]) => x ?? 0, better: "more" as const },
    { of: ([, y]: readonly number[]) => y ?? 0, better: "less" as const },
  ];

  it("keeps what nothing beats, equal choices once", () => {
    const front = paretoFront(
      [
        [1, 1],
        [2, 2],
        [2, 3],
        [3, 3],
        [1, 1],
        [0, 5],
      ],
      goals,
    );
    assert.deepEqual(front, [
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    assert.deepEqual(paretoFront([], goals), []);
  });

  it("holds against looking at all pairs, on many small sets", () => {
    let seed = 99;
    const next = (): number => (seed = (seed * 48271) % 2147483647) % 6;
    for (let round = 0; round < 300; round++) {
      const points = Array.from({ length: 8 }, () => [next(), next()]);
      const front = paretoFront(points, goals);
      const beats = ([a = 0, b = 0]: number[], [c = 0, d = 0]: number[]): boolean =>
        a >= c && b <= d && (a > c || b < d);
      for (const point of points) {
        const beaten = points.some((other) => beats(other, point));
        assert.equal(
          front.some((one) => one.join() === point.join()),
          !beaten,
        );
      }
    }
  });
});

describe("a sweep", () => {
  it("reads axes as people write them", () => {
    const axis = parseAxis("rowStep=64, 128");
    assert.deepEqual(axis, { ok: true, value: { name: "rowStep", values: [64, 128] } });
    assert.deepEqual(parseAxis("sync"), { ok: true, value: { name: "sync", values: ["fast", "driver"] } });
    for (const wrong of ["rows=1", "rowStep=a", "rowStep=", "rowStep=1,,2"]) {
      const read = parseAxis(wrong);
      assert.ok(!read.ok, wrong);
      assert.equal(read.failure.code, "invalid-setting");
    }
  });

  it("has all combinations, the last axis fastest", () => {
    const [a, b] = [
      { name: "rowStep", values: [32, 64] },
      { name: "sync", values: ["fast", "driver"] },
    ] as const;
    const points = sweepPoints({ maxPieces: 2 }, [a, b]);
    assert.ok(points.ok);
    assert.deepEqual(
      points.value.map(({ rowStep, sync, maxPieces }) => [rowStep, sync, maxPieces]),
      [
        [32, "fast", 2],
        [32, "driver", 2],
        [64, "fast", 2],
        [64, "driver", 2],
      ],
    );
    assert.ok(!sweepPoints({}, []).ok);
    assert.ok(!sweepPoints({}, [a, a]).ok);
  });
});

describe("what the autotuner tries", () => {
  it("changes one setting at a time, and none that states what the user wants", () => {
    const now = { gpuShareCap: 0.6, strategies: ["npu" as const, "weight" as const], maxGraphs: 24 };
    const all = neighbours(now, 300, true);
    assert.ok(all.length > 12);
    for (const next of all) {
      assert.equal(changedSettings(now, next).length, 1);
      assert.deepEqual([next.gpuShareCap, next.strategies, next.maxGraphs], [0.6, now.strategies, 24]);
    }
    assert.ok(all.some(({ standardLengths }) => standardLengths?.includes(320)));
    assert.ok(!neighbours(now, 300, false).some(({ objective }) => objective === "energy"));
  });
});
