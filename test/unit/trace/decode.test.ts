import assert from "node:assert/strict";
import { annotationsOf } from "../../../src/trace/annotations";
import { TraceReader, decodeTrace } from "../../../src/trace/decode";
import { type Trace, endOf, nameOf, startOf } from "../../../src/trace/trace";
import { findTrack } from "../../../src/trace/tracks";
import { cpuRun, gpuNpuRun, manySlices, random } from "../../fixtures/traceScenarios";
import { TraceWriter, cutInPacket } from "../../fixtures/traceWriter";

function decode(bytes: Uint8Array): Trace {
  const result = decodeTrace(bytes, "test.pftrace");
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  return result.value;
}

interface Span {
  readonly track: string;
  readonly depth: number;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function spans(trace: Trace): Span[] {
  return trace.rows.flatMap((row) =>
    Array.from({ length: row.end - row.first }, (_, i) => row.first + i).map((slice) => ({
      track: trace.tracks[row.track]?.name ?? "",
      depth: row.depth,
      name: nameOf(trace, slice).text,
      start: startOf(trace, slice),
      end: endOf(trace, slice),
    })),
  );
}

describe("decodeTrace", function () {
  // Random traces by the dozen: slow where the machine is busy.
  this.timeout(120_000);

  it("reads tracks, nesting, names and times", () => {
    const writer = new TraceWriter({ style: "compact", t0: 5e14 });
    const track = writer.track({ uuid: 12, name: "CPU" });
    track.begin(5e14 + 100, "blk.7.ffn_down", { layer: 7, kind: "matmul" });
    track.begin(5e14 + 150, "inner");
    track.end(5e14 + 250);
    track.end(5e14 + 300);
    track.slice(5e14 + 400, 5e14 + 500, "output");
    const trace = decode(writer.bytes());
    assert.deepEqual(spans(trace), [
      { track: "CPU", depth: 0, name: "blk.7.ffn_down", start: 0, end: 200 },
      { track: "CPU", depth: 0, name: "output", start: 300, end: 400 },
      { track: "CPU", depth: 1, name: "inner", start: 50, end: 150 },
    ]);
    assert.equal(trace.durationNs, 400);
    assert.deepEqual(nameOf(trace, 0), { text: "blk.7.ffn_down", layer: 7, op: "ffn_down", kind: "matmul" });
  });

  it("makes the run as long as its slices, whatever was counted before and after", () => {
    const writer = new TraceWriter({ style: "compact", t0: 5e14 });
    const memory = writer.track({ uuid: 20, name: "Memory", counterUnit: "B" });
    memory.counter(5e14, 7);
    const phase = writer.track({ uuid: 2, name: "Phase" });
    phase.slice(5e14 + 100, 5e14 + 900, "prefill");
    memory.counter(5e14 + 5000, 9);
    const trace = decode(writer.bytes());
    assert.equal(trace.durationNs, 800);
    assert.equal(trace.originNs, 5e14 + 100);
    assert.deepEqual([...(trace.counters[0]?.time ?? [])], [-100, 4900]);
  });

  for (const style of ["compact", "plain"] as const) {
    it(`gives back random traces, written ${style}`, () => {
      for (let seed = 1; seed <= 30; seed++) {
        const next = random(seed);
        const t0 = Math.floor(next() * 1e15);
        const writer = new TraceWriter({ style, t0 });
        const expected: Span[] = [];
        for (let track = 0; track < 1 + Math.floor(next() * 4); track++) {
          const name = `track ${String(track)}`;
          const out = writer.track({ uuid: 100 + track, name });
          let now = t0 + (track === 0 ? 0 : Math.floor(next() * 1e6));
          const open: { name: string; start: number }[] = [];
          for (let step = 0; step < 200 || open.length > 0; step++) {
            if (step < 200 && (open.length === 0 || (open.length < 5 && next() < 0.5))) {
              const slice = `op ${String(Math.floor(next() * 40))}`;
              out.begin(now, slice, { a: Math.floor(next() * 1e9) - 5e8, b: next() });
              open.push({ name: slice, start: now - t0 });
              if (next() < 0.02) out.clearState(now);
            } else {
              out.end(now);
              const top = open.pop();
              if (top !== undefined) expected.push({ track: name, depth: open.length, ...top, end: now - t0 });
            }
            now += Math.floor(next() * 10_000_000);
          }
        }
        const order = (a: Span, b: Span): number =>
          a.track.localeCompare(b.track) || a.depth - b.depth || a.start - b.start || a.end - b.end;
        assert.deepEqual(spans(decode(writer.bytes())).sort(order), expected.sort(order), `seed ${String(seed)}`);
      }
    });
  }

  it("decodes a million slices", () => {
    const count = 1_000_000;
    const trace = decode(manySlices(count));
    assert.equal(trace.slices.count, count);
    assert.deepEqual(
      trace.tracks.filter((track) => track.rows.length > 0).map((track) => track.kind),
      ["gpu", "npu", "cpu", "joins"],
    );
    let checked = 0;
    for (const row of trace.rows) {
      for (let i = row.first + 1; i < row.end; i++) assert.ok(startOf(trace, i) >= endOf(trace, i - 1));
      checked += row.end - row.first;
    }
    assert.equal(checked, count);
    const annotations = Object.fromEntries(annotationsOf(trace, count - 1).map(({ name, value }) => [name, value]));
    assert.deepEqual(Object.keys(annotations), ["layer", "op", "kind", "strategy", "share", "predicted_ns"]);
  });

  it("reads header and footer", () => {
    const trace = decode(cpuRun());
    assert.equal(trace.header?.origin, "measured");
    assert.equal(trace.header.deviceName, "This computer");
    assert.equal(trace.header.model.name, "Tandem demo 4M");
    assert.deepEqual(trace.header.model.weightTypes, ["Q8_0", "F32"]);
    assert.equal(trace.footer?.finish, "end-token");
    assert.equal(trace.footer.stats.generatedTokens, 24);
    assert.equal(trace.footer.ranOn[0]?.processor, "cpu");
  });

  it("reads every kind of annotation, in the tables that held at the time", () => {
    const writer = new TraceWriter();
    const track = writer.track({ uuid: 12, name: "CPU" });
    const t0 = 4e12;
    track.slice(t0, t0 + 1, "a", { one: "x", two: -5, three: 1.5, four: true, five: { text: "plain" }, six: 7 });
    track.clearState(t0 + 2);
    track.slice(t0 + 2, t0 + 3, "b", { other: "y" });
    const trace = decode(writer.bytes());
    assert.deepEqual(
      annotationsOf(trace, 0).map(({ value }) => value),
      ["x", -5, 1.5, true, "plain", 7],
    );
    assert.deepEqual(annotationsOf(trace, 1), [{ name: "other", value: "y" }]);
  });

  it("reads counters with their units", () => {
    const trace = decode(cpuRun());
    const memory = findTrack(trace.tracks, "counter", "Memory");
    assert.equal(memory?.unit, "B");
    const counter = trace.counters.find(({ track }) => track === memory.index);
    assert.ok(counter !== undefined && counter.value.length > 10);
    assert.ok(counter.value.every((value) => value > 17e6));
  });

  it("opens foreign traces as far as they have track events", () => {
    const writer = new TraceWriter({ style: "plain", t0: 1e15 });
    writer.otherPacket(1, new Uint8Array(50)); // ftrace
    writer.otherPacket(47, new Uint8Array(20));
    const track = writer.track({ uuid: 77, name: "RenderThread" });
    track.slice(1e15, 1e15 + 5e6, "drawFrame", { frame: 1 });
    const trace = decode(writer.bytes());
    assert.deepEqual(spans(trace), [{ track: "RenderThread", depth: 0, name: "drawFrame", start: 0, end: 5e6 }]);
    assert.equal(trace.header, undefined);
  });

  it("keeps what a truncated file holds, wherever it was cut", () => {
    const bytes = gpuNpuRun({ layers: 2, generatedTokens: 3 });
    const whole = decode(bytes).slices.count;
    const next = random(3);
    for (let i = 0; i < 200; i++) {
      const length = Math.floor(next() * bytes.length);
      const result = decodeTrace(bytes.subarray(0, length), "run.pftrace");
      if (!result.ok) {
        assert.ok(["trace-foreign", "trace-garbled"].includes(result.failure.code));
        continue;
      }
      assert.ok(result.value.slices.count <= whole);
      assert.equal(result.value.footer, undefined);
    }
    const half = decode(cutInPacket(bytes, 0.5));
    assert.ok(half.slices.count > whole / 5);
    assert.ok(half.damage.cutAt !== undefined && half.damage.cutAt < bytes.length);
    assert.ok(half.damage.unfinished > 0);
    assert.ok(spans(half).every((span) => span.end <= half.durationNs));
  });

  it("survives flipped bytes", () => {
    const bytes = cpuRun({ layers: 1, generatedTokens: 2 });
    const next = random(9);
    for (let i = 0; i < 400; i++) {
      const damaged = bytes.slice();
      for (let k = 0; k < 1 + (i % 5); k++) damaged[Math.floor(next() * damaged.length)] = Math.floor(next() * 256);
      const result = decodeTrace(damaged, "run.pftrace");
      if (!result.ok) assert.match(result.failure.message, /\.$/);
    }
  });

  it("says why a file cannot be shown", () => {
    const codeOf = (bytes: Uint8Array): string => {
      const result = decodeTrace(bytes, "x.pftrace");
      assert.ok(!result.ok);
      assert.match(result.failure.message, /^x\.pftrace .*\.$/);
      return result.failure.code;
    };
    assert.equal(codeOf(new Uint8Array()), "trace-foreign");
    assert.equal(codeOf(new TextEncoder().encode('{"traceEvents":[]}')), "trace-foreign");
    assert.equal(codeOf(new TextEncoder().encode("hello")), "trace-foreign");
    assert.equal(codeOf(Uint8Array.of(0x1f, 0x8b, 8)), "trace-foreign");
    assert.equal(codeOf(Uint8Array.of(0x0a, 3, 0xff, 0xff, 0xff)), "trace-garbled");
    const other = new TraceWriter();
    other.otherPacket(1, new Uint8Array(9));
    assert.equal(codeOf(other.bytes()), "trace-foreign");
  });
});

describe("TraceReader", () => {
  const same = (got: Trace, want: Trace): void => {
    for (const column of ["start", "duration", "name", "packet"] as const)
      assert.deepEqual(got.slices[column], want.slices[column], column);
    for (const part of ["durationNs", "originNs", "rows", "tracks", "names", "counters", "flows", "damage"] as const)
      assert.deepEqual(got[part], want[part], part);
    assert.deepEqual([got.header, got.footer], [want.header, want.footer]);
    assert.equal(got.bytes.length, want.bytes.length);
  };

  it("gives what reading the whole file gives, however it is cut into pieces", () => {
    const next = random(5);
    for (const bytes of [gpuNpuRun({ layers: 2, generatedTokens: 3 }), cpuRun({ layers: 2 }), new Uint8Array()]) {
      for (let round = 0; round < 6; round++) {
        const reader = new TraceReader("run.pftrace", round % 2 === 0 ? bytes.length : 0);
        for (let at = 0; at < bytes.length;) {
          const end = Math.min(bytes.length, at + 1 + Math.floor(next() * ([7, 300, 60_000][round % 3] ?? 1)));
          reader.push(bytes.subarray(at, end));
          at = end;
        }
        const [got, want] = [reader.trace(), decodeTrace(bytes, "run.pftrace")];
        if (!got.ok || !want.ok) assert.deepEqual(got, want);
        else same(got.value, want.value);
      }
    }
  });

  it("shows a file that grows, at any time as if it ended there", () => {
    const bytes = gpuNpuRun({ layers: 2, generatedTokens: 4 });
    const reader = new TraceReader("run.pftrace");
    let shown = 0;
    for (let at = 0; at < bytes.length; at += 5000) {
      reader.push(bytes.subarray(at, at + 5000));
      const [got, want] = [reader.trace(), decodeTrace(bytes.subarray(0, at + 5000), "run.pftrace")];
      assert.equal(got.ok, want.ok);
      if (!got.ok || !want.ok) continue;
      same(got.value, want.value);
      assert.ok(got.value.slices.count >= shown);
      shown = got.value.slices.count;
    }
    assert.ok(shown > 100);
  });

  it("reads another format when all of it is there", () => {
    const json = new TextEncoder().encode('[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":5}]');
    const reader = new TraceReader("trace.json");
    reader.push(json.subarray(0, 20));
    reader.push(json.subarray(20));
    const got = reader.trace();
    assert.ok(got.ok && got.value.slices.count === 1);
  });
});
