import assert from "node:assert/strict";
import { flowIndex } from "../../../../src/trace/analysis/flowIndex";
import { annotationsOf } from "../../../../src/trace/annotations";
import { chromeJsonPieces } from "../../../../src/trace/exports/chromeJson";
import { csvPieces } from "../../../../src/trace/exports/csv";
import { type Trace, endOf, nameOf, startOf } from "../../../../src/trace/trace";
import { cpuRun, gpuNpuRun, manySlices } from "../../../fixtures/traceScenarios";
import { TraceWriter } from "../../../fixtures/traceWriter";
import { decoded, randomTrace } from "../support/handMade";

const csv = (trace: Trace): string => [...csvPieces(trace)].join("");
const json = (trace: Trace): string => [...chromeJsonPieces(trace)].join("");

describe("csvPieces", () => {
  it("writes every slice as a line, and nothing that a spreadsheet would run", () => {
    const writer = new TraceWriter();
    writer.track({ uuid: 12, name: "CPU" }).slice(4e12, 4e12 + 5, '=cmd|"x",y', { layer: 3, shape: "[1, 2]" });
    const lines = csv(decoded(writer.bytes())).trimEnd().split("\r\n");
    assert.equal(lines.length, 2);
    assert.equal(lines[1], `CPU,0,"'=cmd|""x"",y",0,5,3,,,,"[1, 2]",,,,,,,`);
    const trace = decoded(manySlices(10_000));
    assert.equal(csv(trace).trimEnd().split("\r\n").length, trace.slices.count + 1);
  });
});

describe("chromeJsonPieces", () => {
  it("says where the times come from", () => {
    const { otherData } = JSON.parse(json(decoded(cpuRun({ origin: "modeled" })))) as { otherData: object };
    assert.deepEqual(otherData, {
      writtenBy: "Tandem",
      origin: "modeled",
      device: "This computer",
      model: "Tandem demo 4M",
      startedAt: "2026-11-20T14:05:00Z",
    });
  });

  it("is a list of events even where there is none", () => {
    const writer = new TraceWriter();
    writer.track({ uuid: 1, name: "Tandem agent" }).instant(4e12, "tandem.header", { json: { text: "{}" } });
    const { traceEvents } = JSON.parse(json(decoded(writer.bytes()))) as { traceEvents: unknown[] };
    assert.equal(traceEvents.length, 1);
  });

  for (const [name, make] of [
    ["a run on two processors", (): Trace => decoded(gpuNpuRun({ layers: 3, generatedTokens: 4 }))],
    ["many slices, in several pieces", (): Trace => decoded(manySlices(10_000))],
    ["random traces with flows", (): Trace => randomTrace(3)],
  ] as const) {
    it(`opens again with every slice, annotation, counter and flow: ${name}`, () => {
      const trace = make();
      const again = decoded(new TextEncoder().encode(json(trace)));
      assert.deepEqual(content(again), content(trace));
    });
  }
});

/** Everything that Chrome's format can hold. */
function content(trace: Trace): object {
  const flows = flowIndex(trace);
  const label = (slice: number): string => {
    const row = trace.rows.find(({ first, end }) => first <= slice && slice < end);
    return `${trace.tracks[row?.track ?? 0]?.name ?? ""} ${String(row?.depth)} ${nameOf(trace, slice).text} ${String(startOf(trace, slice))}`;
  };
  return {
    slices: Array.from({ length: trace.slices.count }, (_, slice) => ({
      at: label(slice),
      end: endOf(trace, slice),
      annotations: annotationsOf(trace, slice),
      before: [...flows.previous.subarray(flows.first[slice], flows.first[slice + 1])].map(label).sort(),
    })).sort((a, b) => (a.at < b.at ? -1 : 1)),
    counters: trace.counters.map(({ track, time, value }) => [trace.tracks[track]?.name, [...time], [...value]]),
  };
}
