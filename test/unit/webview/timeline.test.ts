import assert from "node:assert/strict";
import { decodeTrace } from "../../../src/trace/decode";
import type { Trace } from "../../../src/trace/trace";
import { initialPartition } from "../../../webview/plan/partitionState";
import { initialShapes } from "../../../webview/plan/shapesState";
import { Colouring, paletteIndex, patternOf } from "../../../webview/timeline/colours";
import { counterRange, counterScale, tickTexts } from "../../../webview/timeline/counters";
import { tickLabel } from "../../../webview/timeline/drawAxis";
import { layoutTracks, rowAt, rowTop, toggled, trackKey } from "../../../webview/timeline/layout";
import { TimelineModel } from "../../../webview/timeline/model";
import { noticesOf } from "../../../webview/timeline/notices";
import { reportPage } from "../../../webview/timeline/page";
import { Scene } from "../../../webview/timeline/scene";
import { type ViewState, restoreState, standardSizes } from "../../../webview/timeline/state";
import {
  clamped,
  fitted,
  panned,
  revealing,
  rulerTicks,
  shortestSpan,
  toTime,
  toX,
  wholeRun,
  zoomed,
} from "../../../webview/timeline/viewport";
import { assertOneSentence } from "../../fixtures/sentence";
import { cpuRun, gpuNpuRun, random } from "../../fixtures/traceScenarios";
import { cutInPacket } from "../../fixtures/traceWriter";

function decode(bytes: Uint8Array): Trace {
  const result = decodeTrace(bytes, "run.pftrace");
  assert.ok(result.ok);
  return result.value;
}

describe("viewport", () => {
  const duration = 3.5e9;

  it("maps time to place and back", () => {
    const view = { start: 1e6, end: 9e6, left: 140, width: 900 };
    for (const time of [1e6, 2.5e6, 9e6]) assert.ok(Math.abs(toTime(view, toX(view, time)) - time) < 1e-3);
  });

  it("keeps the time under the pointer while zooming, and stays on the run whatever is done", () => {
    const next = random(4);
    let span = wholeRun(duration);
    const whole = span;
    for (let i = 0; i < 2000; i++) {
      const at = span.start + (span.end - span.start) * next();
      const before = (at - span.start) / (span.end - span.start);
      const factor = 0.5 + next() * 1.3;
      const zoom = zoomed(span, factor, at, duration);
      const inside = zoom.start > whole.start + 1 && zoom.end < whole.end - 1;
      if (inside) assert.ok(Math.abs((at - zoom.start) / (zoom.end - zoom.start) - before) < 1e-6);
      span = panned(zoom, next() - 0.5, duration);
      assert.ok(span.start >= whole.start - 1 && span.end <= whole.end + 1);
      assert.ok(span.end - span.start >= shortestSpan - 1);
    }
  });

  it("fits, reveals and clamps", () => {
    const fit = fitted(1e9, 1.1e9, duration);
    assert.ok(fit.start < 1e9 && fit.end > 1.1e9 && fit.end - fit.start < 0.12e9);
    const near = { start: 1e9, end: 1.2e9 };
    assert.equal(revealing(near, 1.05e9, 1.1e9, duration), near);
    const moved = revealing(near, 2e9, 2.01e9, duration);
    assert.ok(moved.start < 2e9 && moved.end > 2.01e9 && Math.abs(moved.end - moved.start - 0.2e9) < 1);
    assert.deepEqual(clamped({ start: -1e12, end: 1e12 }, duration), wholeRun(duration));
  });

  it("places ticks in steps of 1, 2 and 5, at least 86 px apart", () => {
    for (let power = 4; power < 10; power += 0.13) {
      const view = { start: 3e8, end: 3e8 + 10 ** power, left: 140, width: 900 };
      const { step, times } = rulerTicks(view);
      assert.ok([1, 2, 5].includes(Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9))), String(step));
      assert.ok((step / (view.end - view.start)) * view.width >= 86 - 1e-6);
      assert.ok(times.every((time) => time >= view.start && time <= view.end));
    }
    assert.equal(tickLabel(2.5e8, 5e6).replaceAll("\u202f", " "), "250 ms");
    assert.equal(tickLabel(7.66e6, 1e4).replaceAll("\u202f", " "), "7.66 ms");
    assert.equal(tickLabel(1.5e9, 5e8).replaceAll("\u202f", " "), "1.5 s");
  });
});

describe("layoutTracks", () => {
  it("puts tracks in the order of the design, without overlap", () => {
    const trace = decode(gpuNpuRun({ layers: 1, generatedTokens: 2 }));
    const layout = layoutTracks(trace, 460);
    assert.deepEqual(
      layout.boxes.map(({ track }) => track.name),
      ["Phase", "Token", "Layer", "GPU queue", "Sync", "NPU sync", "NPU", "CPU", "Temperature", "DRAM"],
    );
    layout.boxes.forEach((box, i) => {
      const before = layout.boxes[i - 1];
      assert.ok(before === undefined || box.y >= before.y + before.height);
      for (const row of box.track.rows) {
        const top = rowTop(layout, row);
        assert.ok(top !== undefined && rowAt(layout, top.y + top.height / 2) === row);
      }
    });
    assert.ok(layout.height <= 460);
  });

  it("gives the CPU a processor's height where it is the only one", () => {
    const height = (trace: Trace): number | undefined =>
      layoutTracks(trace, 400).boxes.find(({ track }) => track.kind === "cpu")?.height;
    assert.ok((height(decode(cpuRun({ layers: 1, generatedTokens: 1 }))) ?? 0) >= 44);
    assert.equal(height(decode(gpuNpuRun({ layers: 1, generatedTokens: 1 }))), 14);
  });

  it("gives a lone CPU the height that is to spare, and takes no more than there is", () => {
    const trace = decode(cpuRun({ layers: 1, generatedTokens: 1 }));
    const cpu = (area: number): number =>
      layoutTracks(trace, area).boxes.find(({ track }) => track.kind === "cpu")?.height ?? 0;
    assert.equal(cpu(0), 44);
    assert.ok(cpu(440) > cpu(340) && cpu(340) > 44);
    for (let area = 300; area < 1000; area += 7) assert.ok(layoutTracks(trace, area).height <= area, String(area));
  });

  it("leaves out a counter that has no value while the run lasts", () => {
    const trace = decode(cpuRun({ layers: 4, generatedTokens: 20 }));
    const names = (counters: Trace["counters"]): string[] =>
      layoutTracks({ ...trace, counters }, 400)
        .boxes.filter(({ track }) => track.kind === "counter")
        .map(({ track }) => track.name);
    assert.deepEqual(names(trace.counters), ["Memory", "CPU clock"]);
    const late = trace.counters.map((counter, i) =>
      i > 0 ? counter : { ...counter, time: Float64Array.of(trace.durationNs + 1), value: Float64Array.of(1e6) },
    );
    assert.deepEqual(names(late), ["CPU clock"]);
  });
});

describe("folded tracks", () => {
  const trace = decode(gpuNpuRun({ layers: 1, generatedTokens: 2 }));

  it("are lines in their places, which leave their height to the others", () => {
    const open = layoutTracks(trace, 460);
    const npu = trace.tracks.find(({ kind }) => kind === "npu");
    assert.ok(npu !== undefined);
    const folded = layoutTracks(trace, 460, toggled([], npu));
    assert.deepEqual(
      folded.boxes.map(({ track }) => track.name),
      open.boxes.map(({ track }) => track.name),
    );
    const box = folded.boxes.find(({ track }) => track === npu);
    assert.ok(box !== undefined && box.folded && box.height === 12);
    for (const row of npu.rows) assert.equal(rowAt(folded, (rowTop(folded, row)?.y ?? 0) + 0.1), row);
    const counters = (layout: typeof open): number =>
      layout.boxes.filter(({ track }) => track.kind === "counter").reduce((sum, { height }) => sum + height, 0);
    assert.ok(counters(folded) > counters(open));
    assert.deepEqual(toggled(toggled([], npu), npu), []);
  });

  it("leave room, too, where all of them are folded", () => {
    const all = trace.tracks.map(trackKey);
    const layout = layoutTracks(trace, 460, all);
    assert.ok(layout.boxes.every(({ folded, height }) => folded && height <= 12));
    assert.ok(layout.height < layoutTracks(trace, 460).height);
  });
});

describe("Scene", () => {
  it("makes instances once per window, not once per pan", () => {
    const trace = decode(gpuNpuRun({ layers: 4, generatedTokens: 4 }));
    const layout = layoutTracks(trace, 460);
    const colouring = new Colouring(trace, "processor", undefined);
    const scene = new Scene(trace);
    const span = { start: trace.durationNs * 0.4, end: trace.durationNs * 0.42 };
    const view = (shift: number): { start: number; end: number; left: number; width: number } => ({
      start: span.start + shift,
      end: span.end + shift,
      left: 140,
      width: 900,
    });
    assert.equal(scene.update(view(0), layout, colouring), true);
    const { instances } = scene;
    assert.equal(scene.update(view((span.end - span.start) * 0.1), layout, colouring), false);
    assert.equal(scene.instances, instances);
    assert.equal(scene.update({ ...view(0), end: span.end * 1.5 }, layout, colouring), true);
    assert.ok(instances.count > 0 && instances.spans.length === instances.count * 2);
  });
});

describe("Colouring", () => {
  it("hatches joins in every mode, and tells strategies apart by pattern", () => {
    const trace = decode(gpuNpuRun({ layers: 1, generatedTokens: 1 }));
    const model = new TimelineModel(trace, "run.pftrace");
    for (const mode of ["processor", "strategy", "kind", "layer"] as const) {
      const colouring = new Colouring(trace, mode, mode === "strategy" ? model.work() : undefined);
      for (const row of trace.rows) {
        const kind = trace.tracks[row.track]?.kind ?? "none";
        const style = colouring.styleOf(row.first, kind);
        if (kind === "joins") assert.equal(patternOf(style), 5);
        else assert.notEqual(patternOf(style), 5);
        if (mode === "processor" && kind === "npu") assert.equal(paletteIndex(style), 1);
      }
    }
  });
});

describe("counters", () => {
  it("averages over time, and scales to what was seen", () => {
    const counter = { track: 0, time: Float64Array.of(0, 10, 30), value: Float64Array.of(1, 3, 100) };
    assert.deepEqual(counterRange(counter, 0, 30), { least: 1, most: 100, mean: (1 * 10 + 3 * 20) / 30 });
    assert.deepEqual(counterRange(counter, 12, 20), { least: 3, most: 3, mean: 3 });
    assert.deepEqual(counterRange(counter, 40, 50), { least: 100, most: 100, mean: 100 });
    assert.equal(counterRange(counter, -20, -10), undefined);
    assert.deepEqual(counterRange(counter, -10, 10), { least: 1, most: 3, mean: 1 });
    assert.deepEqual(counterScale(36, 41, "°C"), { low: 34, high: 44, ticks: [38, 42] });
    assert.equal(counterScale(0, 57, "GB/s").high, 60);
    const memory = counterScale(9e8, 1.04e9, "B");
    assert.deepEqual(tickTexts(memory, "B"), ["0.6", "1.2\u202fGB"]);
    assert.deepEqual(tickTexts(counterScale(0, 2.1e6, "kHz"), "kHz"), ["1.2", "2.4\u202fGHz"]);
    const round = counterScale(0, 1e9, "B");
    assert.deepEqual(tickTexts(round, "B"), ["0.5", "1\u202fGB"]);
  });
});

describe("notices", () => {
  const told = (trace: Trace): string[] =>
    noticesOf(new TimelineModel(trace, "run.pftrace")).map(({ lead, rest }) => `${lead} ${rest}`);
  const whole = gpuNpuRun({ layers: 2, generatedTokens: 3 });

  it("says nothing where all is well", () => {
    assert.deepEqual(told(decode(whole)), []);
  });

  const { footer, header, damage, ...rest } = decode(whole);
  assert.ok(footer !== undefined && header !== undefined);
  const run = { ...rest, footer, header, damage };
  const ended = (finish: string, finishDetail?: string): Trace => ({
    ...run,
    footer: { ...footer, finish, ...(finishDetail === undefined ? {} : { finishDetail }) },
  });
  const full = "The context of 512 tokens is full: load the model with a longer context to go on.";
  const cases: [string, Trace, RegExp][] = [
    [
      "a file that is cut short",
      decode(cutInPacket(whole, 0.5)),
      /^run\.pftrace ends in the middle of a packet at byte/,
    ],
    [
      "a run that was cut off",
      decode(cpuRun({ layers: 1, generatedTokens: 2, footer: false })),
      /^This trace has no end: /,
    ],
    [
      "packets that are garbled",
      { ...run, damage: { ...damage, garbledPackets: 1 } },
      /^1 packet could not be read and /,
    ],
    [
      "events that were lost",
      decode(gpuNpuRun({ layers: 2, generatedTokens: 3, lostEvents: 1204 })),
      /^1\u202f204 of .* events were lost, from decode on: /,
    ],
    ["a run that was stopped", ended("cancelled", "The run was stopped."), /^The run was stopped: the trace/],
    [
      "a context that is full",
      ended("context-full", full),
      /^The run ended early: the context of 512 tokens is full: /,
    ],
    ["a processor that failed", ended("processor-failed"), /^The run ended early: the trace/],
    [
      "a newer version",
      { ...run, header: { ...header, format: 99 } },
      /^Written by Tandem \S+, which is newer than this one: /,
    ],
  ];
  for (const [what, trace, words] of cases) {
    it(`tells of ${what} in one sentence`, () => {
      const [only = "", ...more] = told(trace);
      assert.deepEqual(more, []);
      assert.match(only, words);
      assertOneSentence(only);
    });
  }
});

describe("restoreState", () => {
  it("takes what fits the trace and leaves the rest", () => {
    const initial: ViewState = {
      tab: "timeline",
      partition: initialPartition,
      shapes: initialShapes,
      start: 0,
      end: 100,
      selection: undefined,
      range: undefined,
      colour: "processor",
      group: "work",
      query: "",
      form: undefined,
      pass: "prefill",
      details: true,
      dock: true,
      dockTab: "range",
      ...standardSizes,
      folded: [],
      scroll: 0,
    };
    const saved = {
      ...initial,
      start: 10,
      end: 20,
      selection: 5,
      colour: "layer",
      form: "full",
      dockHeight: 310,
      gutterWidth: 200,
      range: { from: 1, to: 2, label: "x" },
    };
    assert.deepEqual(restoreState(initial, structuredClone(saved), 100, 6), { ...saved });
    assert.deepEqual(
      restoreState(
        initial,
        { start: 5, end: 1e9, selection: 99, colour: "pink", query: 3, range: "x", dockHeight: -4 },
        100,
        6,
      ),
      initial,
    );
    for (const nothing of [undefined, null, 7, "x", []])
      assert.deepEqual(restoreState(initial, nothing, 100, 6), initial);
  });
});

describe("reportPage", () => {
  it("keeps what is put into it from ending its scripts", () => {
    const page = reportPage({
      fileName: '"><script>alert(1)</script>.pftrace',
      script: 'const s = "</script><b>";',
      styles: ["a{}"],
      iconFont: "AA==",
      trace: "AAAA",
      theme: "dark",
    });
    assert.equal(page.match(/<script/g)?.length, 2);
    assert.equal(page.match(/<\/script>/g)?.length, 2);
    assert.ok(!/https?:/.test(page.replace(/content="[^"]*"/, "")));
  });
});
