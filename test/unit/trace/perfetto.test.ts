import assert from "node:assert/strict";
import { assertReadersAgree } from "../../fixtures/perfetto/agree";
import { readPerfetto } from "../../fixtures/perfetto/reader";
import { cpuRun, gpuNpuRun, manySlices, random } from "../../fixtures/traceScenarios";
import { TraceWriter } from "../../fixtures/traceWriter";
import { decoded } from "./support/handMade";

/** Tracks with nested slices, flows, counters and annotations of every type, some of them forgetting their state. */
function randomBytes(seed: number, style: "compact" | "plain"): Uint8Array {
  const next = random(seed);
  // Beyond 2^53 ns would not fit a double; boot times of a phone that runs for a hundred days do.
  const t0 = 8_000_000_000_000_000 + Math.floor(next() * 1e6);
  const writer = new TraceWriter({ style, t0 });
  for (let number = 0; number < 3; number++) {
    const track = writer.track({ uuid: 50 + number, name: `track ${String(number)}`, parent: 1 });
    const counter = writer.track({ uuid: 80 + number, name: `counter ${String(number)}`, counterUnit: "GB/s" });
    let now = t0;
    let open = 0;
    for (let step = 0; step < 120 || open > 0; step++) {
      now += 1 + Math.floor(next() * 1000);
      if (step < 120 && next() < 0.5) {
        track.begin(
          now,
          `op ${String(Math.floor(next() * 9))}`,
          {
            n: Math.floor(next() * 2 ** 40),
            below: -Math.floor(1 + next() * 9),
            half: 0.5,
            on: next() < 0.5,
            text: { text: "é" },
            word: `w${String(step % 7)}`,
          },
          next() < 0.3 ? [Math.floor(next() * 2 ** 50)] : [],
        );
        open++;
      } else if (open > 0) {
        track.end(now);
        open--;
      } else if (step < 120) {
        if (next() < 0.2) track.clearState(now);
        counter.counter(now, next() < 0.5 ? step : step / 3);
      }
    }
  }
  writer.track({ uuid: 1, name: "Tandem agent", process: true }).instant(t0, "tandem.header", { json: { text: "{}" } });
  return writer.bytes();
}

describe("a second reader of Perfetto's format", () => {
  for (const [name, make] of [
    ["a run on the CPU", (): Uint8Array => cpuRun({ layers: 2, generatedTokens: 4 })],
    ["a run on GPU and NPU", (): Uint8Array => gpuNpuRun({ layers: 2, generatedTokens: 4 })],
    ["many slices", (): Uint8Array => manySlices(2000)],
  ] as const) {
    it(`reads the same as ours from ${name}`, () => {
      const bytes = make();
      assert.ok(assertReadersAgree(bytes, decoded(bytes)).slices.length > 100);
    });
  }

  for (const style of ["compact", "plain"] as const) {
    it(`reads the same as ours from random traces, written ${style}`, () => {
      for (let seed = 1; seed <= 12; seed++) {
        const bytes = randomBytes(seed, style);
        const read = assertReadersAgree(bytes, decoded(bytes));
        assert.ok(read.slices.some(({ flows }) => flows.length > 0) && read.counters.length > 0);
      }
    });
  }

  it("reads what foreign traces are turned into", () => {
    const events = Array.from({ length: 50 }, (_, i) => ({
      ph: "X",
      name: `n${String(i % 5)}`,
      pid: 1,
      tid: i % 2,
      ts: i * 2 + 1,
      dur: 3,
      args: { i, text: "t", deep: { one: -1 } },
    }));
    const trace = decoded(new TextEncoder().encode(JSON.stringify(events)));
    assert.equal(assertReadersAgree(trace.bytes, trace).slices.length, 50);
  });

  it("refuses what it cannot account for", () => {
    const bytes = cpuRun({ layers: 1, generatedTokens: 1 });
    assert.throws(() => readPerfetto(bytes.subarray(0, bytes.length - 1)), /passes the end/);
    assert.throws(() => readPerfetto(Uint8Array.of(10, 4, 80, 1, 120, 1)), /TracePacket has no field 15/);
    assert.throws(() => readPerfetto(Uint8Array.of(10, 2, 82, 0)), /wire type 2, declared uint32/);
    // A sequence that begins without clearing, and a name that was never said.
    const event = [90, 4, 72, 1, 80, 7];
    assert.deepEqual(readPerfetto(Uint8Array.of(10, 10, 64, 5, 80, 3, ...event)).problems, [
      "sequence 3 begins without clearing its state",
      "event_names has no 7",
      "track 0 is not described",
      "1 slices of  never end",
      "track 0 is not described",
    ]);
    // A number longer than it need be reads the same, but would be written otherwise.
    assert.deepEqual(readPerfetto(Uint8Array.of(10, 5, 80, 0x83, 0, 104, 1)).problems, [
      "not the same bytes when written again",
    ]);
  });
});
