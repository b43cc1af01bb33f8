import assert from "node:assert/strict";
import { type LedgerRow, syncLedger } from "../../../../src/trace/analysis/syncLedger";
import { overlap } from "../../../../src/trace/analysis/overlap";
import { TraceWriter } from "../../../fixtures/traceWriter";
import { WallClock } from "../../../../src/trace/states";
import { band, decoded, op, randomTrace, traceOf } from "../support/handMade";

const micros = (row: LedgerRow): object =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, key.endsWith("Ns") ? Number(value) / 1000 : value]),
  );

describe("syncLedger", () => {
  // GPU  |a 0–10|           |c 40–50|        |e 60–70|
  // NPU         |b 10–30|
  // Sync            |join 20–36|    |join 50–58|
  // The fast join is hidden under b for 20–30 and exposed for 30–36; b ended at 30, so the hand-off took 6. Then
  // 4 µs until c begins. The driver join: nothing runs, all 8 exposed; a hand-off of 8, and 2 µs until e.
  const slices = [
    band("Token", "prompt", 0, 45),
    band("Token", "token 1", 45, 70),
    op("GPU queue", "a", 0, 10),
    op("GPU queue", "c", 40, 50),
    op("GPU queue", "e", 60, 70),
    op("NPU", "b", 10, 30),
    {
      on: "Sync",
      name: "join",
      from: 20,
      to: 36,
      annotations: { kind: "fast", predicted_ns: 5000, slept_ns: 9000, polled_ns: 7000 },
    },
    { on: "Sync", name: "join", from: 50, to: 58, annotations: { kind: "driver", predicted_ns: 400_000 } },
  ] as const;

  it("sums joins by kind, exposed and hidden", () => {
    const ledger = syncLedger(traceOf(slices));
    assert.deepEqual(ledger.rows.map(micros), [
      {
        kind: "fast",
        waits: "primary",
        joins: 1,
        totalNs: 16,
        exposedNs: 6,
        hiddenNs: 10,
        behindNs: 4,
        sleptNs: 9,
        polledNs: 7,
        predictedNs: 5,
        handOffNs: 6,
      },
      {
        kind: "driver",
        waits: "primary",
        joins: 1,
        totalNs: 8,
        exposedNs: 8,
        hiddenNs: 0,
        behindNs: 2,
        sleptNs: 0,
        polledNs: 0,
        predictedNs: 400,
        handOffNs: 8,
      },
    ]);
    assert.equal(ledger.tokens, 2);
    assert.equal(Math.round(ledger.exposedPercent * 70), 2000); // 20 of 70
    assert.equal(ledger.saved, undefined);
  });

  it("says what fast joins saved, from the costs in the header", () => {
    const header = { format: 1, costs: { name: "Snapdragon 8 Gen 3", origin: "modeled", joinUs: { driver: 400 } } };
    // One fast join whose hand-off took 6 µs in place of 400.
    const { saved } = syncLedger(traceOf(slices, header));
    assert.deepEqual(saved && [saved.ns, saved.driverJoinNs, saved.costs.origin], [394_000, 400_000, "modeled"]);
  });

  it("takes the kind from the settings where joins do not say it, and says so where nothing does", () => {
    const join = band("Sync", "join", 10, 12);
    const kindOf = (header?: object): string | undefined =>
      syncLedger(traceOf([op("NPU", "b", 0, 10), join], header)).rows[0]?.kind;
    assert.equal(kindOf({ format: 1, settings: { solver: { sync: "driver" } } }), "driver");
    assert.equal(kindOf({ format: 1, settings: {} }), "unstated");
    assert.equal(kindOf(), "unstated");
  });

  it("takes of a join what lies in the range", () => {
    const { rows } = syncLedger(traceOf(slices), 28_000, 32_000);
    // 28–32 of the join: a quarter, half of it exposed. It began before.
    assert.deepEqual(rows.map(micros), [
      {
        kind: "fast",
        waits: "primary",
        joins: 0,
        totalNs: 4,
        exposedNs: 2,
        hiddenNs: 2,
        behindNs: 0,
        sleptNs: 2.25,
        polledNs: 1.75,
        predictedNs: 1.25,
        handOffNs: 1.5,
      },
    ]);
  });

  it("keeps what the primary waited for apart from what the NPU did", () => {
    // The NPU waits 0–12 under a, which is hidden but for the last 2 µs; the primary waits 25–30, exposed.
    const trace = traceOf([
      op("GPU queue", "a", 0, 10),
      op("NPU", "b", 12, 25),
      band("Sync", "join", 25, 30),
      band("NPU sync", "join", 0, 12),
    ]);
    assert.deepEqual(
      syncLedger(trace).rows.map(({ waits, joins, exposedNs, hiddenNs, handOffNs }) => [
        waits,
        joins,
        exposedNs,
        hiddenNs,
        handOffNs,
      ]),
      [
        ["primary", 1, 5000, 0, 5000],
        ["npu", 1, 2000, 10_000, 2000],
      ],
    );
  });

  it("holds no join to blame for a standstill that another processor ends", () => {
    // The NPU's join ends at 15, but the GPU goes on first, at 18, for which it waited for nothing.
    const trace = traceOf([
      op("GPU queue", "a", 0, 10),
      op("GPU queue", "c", 18, 30),
      op("NPU", "b", 20, 25),
      band("NPU sync", "join", 2, 15),
    ]);
    const { total } = syncLedger(trace);
    assert.deepEqual([total.exposedNs, total.behindNs, total.hiddenNs], [0, 0, 13_000]);
  });

  it("counts the wall time of two joins at once one time", () => {
    // Both processors wait: one 10–26, the other 12–20 inside it. 24 µs of joins, 16 µs in which nothing computes.
    const writer = new TraceWriter({ style: "compact", t0: 1e9 });
    const npu = writer.track({ uuid: 11, name: "NPU" });
    npu.slice(1e9, 1e9 + 10_000, "b", { kind: "matmul" });
    const sync = writer.track({ uuid: 13, name: "Sync" });
    sync.begin(1e9 + 10_000, "join", { kind: "fast" });
    sync.begin(1e9 + 12_000, "join", { kind: "fast" });
    sync.end(1e9 + 20_000);
    sync.end(1e9 + 26_000);
    const { total } = syncLedger(decoded(writer.bytes()));
    assert.deepEqual([total.joins, total.totalNs, total.exposedNs, total.hiddenNs], [2, 24_000, 16_000, 8000]);
  });

  it("adds up: kinds to the total, exposed and hidden to it, parts of a range to the whole", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const trace = randomTrace(seed);
      const whole = syncLedger(trace);
      const sum = (pick: (row: LedgerRow) => number): number => whole.rows.reduce((all, row) => all + pick(row), 0);
      assert.equal(whole.total.exposedNs + whole.total.hiddenNs, whole.total.totalNs);
      // The strip's sync, the dock's and the ledger's are one figure.
      for (const [from, to] of [
        [0, trace.durationNs],
        [99_500, 500_500],
      ] as const) {
        const { total } = syncLedger(trace, from, to);
        assert.equal(new WallClock(trace).between(from, to).sync, total.exposedNs + total.behindNs);
      }
      assert.equal(
        sum(({ totalNs }) => totalNs),
        whole.total.totalNs,
      );
      for (const row of whole.rows) assert.ok(row.exposedNs >= 0 && row.hiddenNs >= 0);
      // Where nothing computes there is a join or nothing: exposed is no more than that.
      assert.ok(whole.total.exposedNs + whole.total.behindNs <= trace.durationNs - overlap(trace).anyNs);
      const cuts = [0, 99_500, 500_000, trace.durationNs];
      const parts = cuts.slice(1).map((to, i) => syncLedger(trace, cuts[i], to).total);
      for (const key of ["joins", "totalNs", "exposedNs", "hiddenNs", "behindNs"] as const) {
        assert.equal(
          parts.reduce((all, part) => all + part[key], 0),
          whole.total[key],
          key,
        );
      }
    }
  });
});
