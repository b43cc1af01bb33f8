import assert from "node:assert/strict";
import type { Row, Slices } from "../../../src/trace/trace";
import { DensityPyramid, isDense, sliceDensity } from "../../../src/trace/density";
import { covers, resolutionFor, visibleSlices, windowAround } from "../../../src/trace/visible";
import { random } from "../../fixtures/traceScenarios";

function randomRow(seed: number, count: number, longest: number): { slices: Slices; row: Row; end: number } {
  const next = random(seed);
  const slices = {
    count,
    start: new Float64Array(count),
    duration: new Float64Array(count),
    name: new Uint32Array(count),
    packet: new Uint32Array(count),
  };
  let now = 0;
  for (let i = 0; i < count; i++) {
    now += Math.floor(next() * longest * 0.4);
    slices.start[i] = now;
    slices.duration[i] = Math.floor(next() ** 4 * longest);
    now += slices.duration[i] ?? 0;
  }
  return { slices, row: { track: 0, depth: 0, first: 0, end: count }, end: now };
}

const at = (column: ArrayLike<number>, i: number): number => column[i] ?? NaN;

describe("visibleSlices", () => {
  it("shows every slice, as itself or hidden behind a longer one, at every zoom", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { slices, row, end } = randomRow(seed, 2000, 10_000);
      for (const resolution of [1, 64, 4096, 65_536]) {
        const marks = visibleSlices(slices, row, { from: 0, to: end + 1, resolution });
        let seen = 0;
        for (let i = 0; i < marks.count; i++) {
          seen += 1 + at(marks.hidden, i);
          const slice = at(marks.slice, i);
          assert.equal(at(marks.start, i), at(slices.start, slice));
          assert.equal(at(marks.end, i), at(slices.start, slice) + at(slices.duration, slice));
          if (i > 0) assert.ok(at(marks.start, i) >= at(marks.start, i - 1));
        }
        assert.equal(seen, slices.count);
        for (let i = 0; i < slices.count; i++) {
          if (at(slices.duration, i) < resolution) continue;
          assert.ok(marks.slice.subarray(0, marks.count).includes(i), "a slice wider than a pixel is never hidden");
        }
      }
    }
  });

  it("gives about one mark per pixel at most", () => {
    const { slices, row, end } = randomRow(5, 20_000, 1000);
    const resolution = resolutionFor(end / 1000);
    const { count } = visibleSlices(slices, row, { from: 0, to: end, resolution });
    assert.ok(count <= 2 * (end / resolution) + 2, String(count));
  });

  it("takes from a window what overlaps it and nothing else", () => {
    const { slices, row, end } = randomRow(8, 1000, 5000);
    const [from, to] = [end * 0.3, end * 0.4];
    const marks = visibleSlices(slices, row, { from, to, resolution: 1 });
    const expected = Array.from({ length: slices.count }, (_, i) => i).filter(
      (i) => at(slices.start, i) + at(slices.duration, i) > from && at(slices.start, i) < to,
    );
    const shown = marks.slice.subarray(0, marks.count).reduce((sum, _, i) => sum + 1 + at(marks.hidden, i), 0);
    assert.equal(shown, expected.length);
  });
});

describe("sliceDensity", () => {
  it("keeps the busy time: what it draws has the area of the slices", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { slices, row, end } = randomRow(seed, 5000, 3000);
      const resolution = 2048;
      const to = Math.ceil((end + 1) / 4096) * 4096;
      const marks = sliceDensity(slices, row, { from: 0, to, resolution });
      let area = 0;
      for (let i = 0; i < marks.count; i++) {
        assert.ok(at(marks.busy, i) >= 0 && at(marks.busy, i) <= 1);
        area += at(marks.busy, i) * (at(marks.end, i) - at(marks.start, i));
      }
      const busy = slices.duration.reduce((sum, duration) => sum + duration, 0);
      assert.ok(Math.abs(area - busy) <= busy * 1e-6, `${area} ${busy}`);
    }
  });
});

describe("DensityPyramid", () => {
  it("says at every resolution and in every window what the slices themselves say", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { slices, row, end } = randomRow(seed, 5000, 30_000);
      const pyramid = new DensityPyramid(slices, row);
      for (let resolution = 2 ** 10; resolution < end; resolution *= 2) {
        for (const [from, to] of [
          [0, end],
          [Math.floor(end / resolution / 6) * resolution * 2, Math.floor(end / resolution / 4) * resolution * 2],
        ] as const) {
          if (to <= from) continue;
          const expected = sliceDensity(slices, row, { from, to, resolution });
          const marks = pyramid.marks({ from, to, resolution });
          assert.equal(marks.count, expected.count);
          for (let i = 0; i < marks.count; i++) {
            const where = `seed ${String(seed)}, resolution ${String(resolution)}, mark ${String(i)}`;
            for (const column of ["start", "end", "busy", "hidden"] as const)
              assert.equal(at(marks[column], i), at(expected[column], i), `${column}, ${where}`);
            const slice = at(marks.slice, i);
            const sliceEnd = at(slices.start, slice) + at(slices.duration, slice);
            assert.ok(at(slices.start, slice) < at(marks.end, i) && sliceEnd >= at(marks.start, i), where);
          }
        }
      }
    }
  });
});

describe("isDense", () => {
  it("chooses density only where several slices share a pixel, or far out", () => {
    const { slices, row } = randomRow(2, 1000, 1000);
    assert.equal(isDense(slices, row, 16), false);
    assert.equal(isDense(slices, row, 1 << 20), true);
    assert.equal(isDense(slices, { ...row, end: row.first + 1 }, 1 << 20), false);
  });
});

describe("windowAround", () => {
  it("covers the view and stays the same while it moves a little", () => {
    const duration = 1e9;
    const window = windowAround(4e8, 4.1e8, 1e4, duration);
    assert.ok(covers(window, 4e8, 4.1e8, 1e4, duration));
    assert.deepEqual(windowAround(4.02e8, 4.12e8, 1e4, duration), window);
    assert.ok(covers(window, 3.9e8, 4e8, 1e4, duration));
    assert.ok(!covers(window, 4e8, 4.1e8, 3e4, duration), "another resolution");
    assert.ok(!covers(window, 6e8, 6.1e8, 1e4, duration));
    assert.ok(
      covers(windowAround(-5e6, 1.01e9, 1e6, duration), -5e6, 1.01e9, 1e6, duration),
      "the whole run with its air",
    );
  });
});
