import assert from "node:assert/strict";
import { annotationsOf } from "../../../../src/trace/annotations";
import { decodeTrace } from "../../../../src/trace/decode";
import { type Trace, endOf, nameOf, startOf } from "../../../../src/trace/trace";
import { assertOneSentence } from "../../../fixtures/sentence";
import { random } from "../../../fixtures/traceScenarios";
import { decoded } from "../support/handMade";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (events: unknown): Trace => decoded(utf8(JSON.stringify(events)));

/** Slices as text, times in µs from the trace's first. */
function slices(trace: Trace): string[] {
  return trace.rows.flatMap((row) =>
    Array.from({ length: row.end - row.first }, (_, i) => {
      const slice = row.first + i;
      const track = trace.tracks[row.track]?.name ?? "";
      const [from, to] = [startOf(trace, slice) / 1e3, endOf(trace, slice) / 1e3];
      return `${track}/${String(row.depth)} ${nameOf(trace, slice).text} ${String(from)}–${String(to)}`;
    }),
  );
}

function codeOf(text: string): string {
  const result = decodeTrace(utf8(text), "x.json");
  if (!result.ok) assertOneSentence(result.failure.message);
  return result.ok ? "ok" : result.failure.code;
}

describe("Chrome JSON", () => {
  it("reads complete events, nested, with what they carry", () => {
    const trace = open({
      otherData: { "a]": ["}", { traceEvents: "no" }] },
      traceEvents: [
        { ph: "M", name: "thread_name", pid: 1, tid: 7, args: { name: "Main" } },
        {
          ph: "X",
          name: "inner",
          pid: 1,
          tid: 7,
          ts: 1002.5,
          dur: 3,
          args: { n: -3, on: true, deep: { x: 1.5 }, ü: "é" },
        },
        { ph: "X", name: "outer", pid: 1, tid: 7, ts: 1000, dur: 10.25, cat: "a,b" },
        { ph: "I", name: "an instant is skipped", pid: 1, tid: 7, ts: 1003 },
      ],
      displayTimeUnit: "ns",
    });
    assert.deepEqual(slices(trace), ["Main/0 outer 0–10.25", "Main/1 inner 2.5–5.5"]);
    assert.deepEqual(annotationsOf(trace, 1), [
      { name: "n", value: -3 },
      { name: "on", value: true },
      { name: "deep", value: { x: 1.5 } },
      { name: "ü", value: "é" },
    ]);
  });

  it("pairs begins and ends, and says what has no other half", () => {
    const at = (ph: string, ts: number, name?: string): object => ({ ph, ts, name, pid: 1, tid: 1 });
    const trace = open([
      at("B", 0, "a"),
      at("B", 2, "b"),
      at("E", 5),
      at("E", 9, "a"),
      at("E", 10),
      at("B", 11, "open"),
      at("B", 12, "c"),
      at("E", 15, "c"),
    ]);
    assert.deepEqual(slices(trace), [
      "Thread 1/0 a 0–9",
      "Thread 1/0 open 11–15",
      "Thread 1/1 b 2–5",
      "Thread 1/1 c 12–15",
    ]);
    assert.deepEqual([trace.damage.unmatchedEnds, trace.damage.unfinished], [1, 1]);
  });

  it("puts slices that overlap only in part beside each other", () => {
    const at = (name: string, ts: number, dur: number): object => ({ ph: "X", name, pid: 1, tid: "T", ts, dur });
    const trace = open([at("a", 0, 10), at("b", 5, 10), at("c", 6, 2), at("d", 12, 10)]);
    assert.deepEqual(slices(trace), ["T/0 a 0–10", "T/0 d 12–22", "T/1 c 6–8", "T (2)/0 b 5–15"]);
  });

  it("reads counters, flows, asynchronous events and names of processes", () => {
    const trace = open([
      { ph: "M", name: "process_name", pid: 1, args: { name: "App" } },
      { ph: "X", name: "send", pid: 1, tid: 1, ts: 0, dur: 5 },
      { ph: "X", name: "other", pid: 2, tid: 1, ts: 1, dur: 1 },
      { ph: "X", name: "receive", pid: 2, tid: 1, ts: 8, dur: 5 },
      { ph: "s", name: "f", cat: "f", id: "0x1", pid: 1, tid: 1, ts: 4 },
      { ph: "f", name: "f", cat: "f", id: "0x1", pid: 2, tid: 1, ts: 6 },
      { ph: "b", name: "load", cat: "net", id: 4, pid: 1, tid: 1, ts: 2 },
      { ph: "e", name: "load", cat: "net", id: 4, pid: 1, tid: 9, ts: 7 },
      { ph: "C", name: "memory", pid: 1, ts: 3, args: { used: 5, free: -1.5 } },
      { ph: "C", name: "clock", pid: 1, ts: 4, args: { MHz: 700 } },
    ]);
    assert.deepEqual(slices(trace), [
      "App: Thread 1/0 send 0–5",
      "Process 2: Thread 1/0 other 1–2",
      "Process 2: Thread 1/0 receive 8–13",
      "App: net/0 load 2–7",
    ]);
    assert.deepEqual(
      trace.flows.map(({ slice }) => nameOf(trace, slice).text),
      ["send", "receive"],
    );
    assert.deepEqual(
      trace.counters.map(({ track, time, value }) => [trace.tracks[track]?.name, [...time], [...value]]),
      [
        ["memory used", [3000], [5]],
        ["memory free", [3000], [-1.5]],
        ["clock", [4000], [700]],
      ],
    );
  });

  it("reads what llama.cpp's OpenCL backend leaves: no end of the list, a comma behind the last event", () => {
    // As ggml-opencl.cpp prints it: queued and submitted on the host, begun and ended on the device, in µs.
    const line = (ph: string, ts: number, tid: string): string =>
      `{"name": "kernel_mul_mat_q4_0_f32", "cat": "OpenCL", "ph": "${ph}", "ts": ${String(ts)}, "pid": "", "tid": "${tid}"},\n`;
    let text = "[\n";
    for (const [queued, submit, start, end] of [
      [100, 110, 120, 150],
      [105, 115, 150, 170],
    ] as const) {
      text +=
        line("B", queued, "Host") + line("E", submit, "Host") + line("B", start, "Device") + line("E", end, "Device");
    }
    const trace = decoded(utf8(text));
    const name = "kernel_mul_mat_q4_0_f32";
    assert.deepEqual(slices(trace), [
      `Host/0 ${name} 0–10`,
      `Host (2)/0 ${name} 5–15`,
      `GPU queue/0 ${name} 20–50`,
      `GPU queue/0 ${name} 50–70`,
    ]);
    assert.deepEqual(
      [nameOf(trace, 2).kind, trace.damage.cutAt, trace.damage.garbledPackets],
      ["matmul", undefined, 0],
    );
  });

  it("keeps what a broken file still holds, and counts the rest", () => {
    const good = '{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":1}';
    const cut = decoded(utf8(`[${good},{"ph":"X","na`));
    assert.deepEqual([slices(cut).length, cut.damage.cutAt], [1, good.length + 2]);
    const broken = decoded(utf8(`[{"ph": oops},${good},{"ph":"X",},${good.replace('"ts":0', '"ts":3')}]`));
    assert.deepEqual([slices(broken).length, broken.damage.garbledPackets], [2, 2]);
    const deep = `{"ph":"X","name":"deep","pid":1,"tid":1,"ts":0,"args":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
    const nested = decoded(utf8(`[${deep},${good}]`));
    assert.deepEqual([slices(nested).length, nested.damage.garbledPackets], [1, 1]);
  });

  it("refuses JSON that is no trace", () => {
    for (const text of [
      "{}",
      '{"a":1}',
      '{"traceEvents":{}}',
      '{"traceEvents":[]}',
      "[]",
      "[1,2]",
      '["{"]',
      "{",
      "[",
      " {\n",
    ]) {
      assert.equal(codeOf(text), "trace-foreign", text);
    }
    assert.equal(codeOf("[{]"), "trace-garbled");
    assert.equal(codeOf("[{oops}]"), "trace-garbled");
  });

  it("takes times and ids of any sort without a throw", () => {
    const values = [null, "", "12", "x", -5, 1e300, Infinity, NaN, [], {}, true, "0x10", 1e-9, 2 ** 60];
    const next = random(5);
    const pick = (): unknown => values[Math.floor(next() * values.length)];
    for (let round = 0; round < 200; round++) {
      const events = Array.from({ length: 20 }, () => ({
        ph: ["B", "E", "X", "b", "e", "M", "s", "t", "f", "C", "?", 3][Math.floor(next() * 12)],
        name: pick(),
        cat: pick(),
        id: pick(),
        pid: pick(),
        tid: pick(),
        ts: next() < 0.5 ? next() * 1000 : pick(),
        dur: pick(),
        args: next() < 0.5 ? { name: pick(), value: pick(), "": pick() } : pick(),
      }));
      const result = decodeTrace(utf8(JSON.stringify(events)), "x.json");
      if (!result.ok) continue;
      for (let slice = 0; slice < result.value.slices.count; slice++) {
        assert.ok((result.value.slices.duration[slice] as number) >= 0);
        annotationsOf(result.value, slice);
      }
    }
  });

  it("survives any change of a byte", () => {
    const text = JSON.stringify({
      traceEvents: Array.from({ length: 8 }, (_, i) => ({
        ph: "X",
        name: `n${String(i)}`,
        pid: 1,
        tid: 1,
        ts: i,
        dur: 1,
      })),
    });
    const next = random(9);
    for (let round = 0; round < 3000; round++) {
      const bytes = utf8(text);
      for (let i = 0; i < 1 + next() * 3; i++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      const result = decodeTrace(bytes.subarray(0, Math.ceil(next() * bytes.length)), "x.json");
      if (!result.ok) assert.match(result.failure.code, /^trace-(foreign|garbled)$/);
    }
  });
});
