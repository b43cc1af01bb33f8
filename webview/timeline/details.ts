import { type AnnotationValue, annotationsOf } from "../../src/trace/annotations";
import { otherHalf } from "../../src/trace/navigate";
import { type Track, endOf, nameOf, startOf, trackOf } from "../../src/trace/trace";
import { isProcessor } from "../../src/trace/tracks";
import {
  bytes,
  durationText,
  figures,
  fixed,
  join,
  narrowSpace,
  nothing,
  operations,
  signedPercent,
  thousands,
} from "../shared/format";
import { button } from "../shared/controls";
import { type Child, element } from "../shared/dom";
import { strategyGlyph } from "../plan/glyph";
import type { TimelineModel } from "./model";

export interface DetailsActions {
  close(): void;
  copy(): void;
  select(slice: number): void;
  fit(slice: number): void;
}

/** The selected slice: what it is, how long it took, the work it did. */
export function sliceDetails(model: TimelineModel, slice: number, actions: DetailsActions): HTMLElement {
  const { trace } = model;
  const name = nameOf(trace, slice);
  const track = trackOf(trace, slice);
  const facts = new Map(annotationsOf(trace, slice).map((annotation) => [annotation.name, annotation.value]));
  const isOp = track !== undefined && isProcessor(track.kind) && name.kind !== "";
  return element(
    "div",
    { className: "details-content" },
    element(
      "div",
      { className: "details-title" },
      element("span", { className: "strong", title: name.text }, name.text === "" ? "unnamed slice" : name.text),
      button({ label: "Close details", appearance: "icon", icon: "close", onClick: () => actions.close() }),
    ),
    placement(model, slice, track, facts, actions),
    isOp || track?.kind === "joins" ? times(model, slice, track, facts) : undefined,
    section("Time", list(timeRows(model, slice, track))),
    isOp && section(facts.has("share") ? "Work of this part" : "Work", list(workRows(model, slice, facts))),
    isOp && amongItsLike(model, slice),
    track?.kind === "joins" && section("Wait", list(waitRows(facts))),
    !isOp && track?.kind !== "joins" && facts.size > 0 && section("Annotations", list(otherRows(facts))),
    element(
      "div",
      { className: "details-links" },
      element("button", { className: "link", onclick: () => actions.fit(slice) }, "Fit in view"),
      element("span", { className: "muted" }, "·"),
      element("button", { className: "link", onclick: () => actions.copy() }, "Copy as JSON"),
    ),
  );
}

type Facts = ReadonlyMap<string, AnnotationValue>;
type Rows = readonly (readonly [string, Child])[];

const numberOf = (facts: Facts, name: string): number | undefined => {
  const value = facts.get(name);
  return typeof value === "number" ? value : undefined;
};
const textOf = (facts: Facts, name: string): string | undefined => {
  const value = facts.get(name);
  return typeof value === "string" ? value : undefined;
};

function section(title: string, ...content: readonly Child[]): HTMLElement {
  return element("section", {}, element("h2", {}, title), ...content);
}

function list(rows: Rows): HTMLElement {
  return element("dl", {}, ...rows.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}

/** Where it ran: the strategy's glyph, this part and the other one. */
function placement(
  model: TimelineModel,
  slice: number,
  track: Track | undefined,
  facts: Facts,
  actions: DetailsActions,
): HTMLElement {
  const strategy = textOf(facts, "strategy");
  const share = numberOf(facts, "share");
  const where = track === undefined ? "" : (processorText[track.kind] ?? track.name);
  if (strategy === undefined || track === undefined)
    return element("p", { className: "muted" }, `on track ${track?.name ?? ""}`);
  const half = otherHalf(model.trace, slice);
  const part = (share ?? 1000) / 1000;
  const gpuShare = track.kind === "gpu" ? part : 1 - part;
  const whole = half === undefined || share === undefined;
  return element(
    "div",
    { className: "placement" },
    strategyGlyph(strategy, gpuShare),
    element(
      "span",
      {},
      element("b", { className: "strong" }, strategy),
      whole ? "" : ` — ${Math.round(gpuShare * 100)} : ${Math.round((1 - gpuShare) * 100)}, GPU to NPU`,
      element("br"),
      whole
        ? element("span", { className: "muted" }, `all of it on the ${where}`)
        : element(
            "span",
            { className: "muted" },
            `${where} part; `,
            element("button", { className: "link", onclick: () => actions.select(half) }, "show the other (X)"),
          ),
    ),
  );
}

const processorText: Readonly<Partial<Record<Track["kind"], string>>> = {
  gpu: "GPU",
  npu: "NPU",
  cpu: "CPU",
  joins: "join",
};

/** Measured against predicted; nothing where nothing was predicted. */
function times(model: TimelineModel, slice: number, track: Track, facts: Facts): HTMLElement | undefined {
  const { trace, modeled } = model;
  const predicted = numberOf(facts, "predicted_ns");
  if (predicted === undefined || predicted === 0) return undefined;
  const half = otherHalf(trace, slice);
  const rows = [
    {
      label: processorText[track.kind] ?? "",
      kind: track.kind,
      took: endOf(trace, slice) - startOf(trace, slice),
      predicted,
    },
  ];
  const halfTrack = half === undefined ? undefined : trackOf(trace, half);
  if (half !== undefined && halfTrack !== undefined) {
    rows.push({
      label: processorText[halfTrack.kind] ?? "",
      kind: halfTrack.kind,
      took: endOf(trace, half) - startOf(trace, half),
      predicted: model.work().predicted[half] ?? 0,
    });
  }
  const longest = Math.max(...rows.flatMap((row) => [row.took, row.predicted])) * 1.12;
  const bar = (row: (typeof rows)[number]): HTMLElement =>
    element(
      "span",
      { className: "measure-bar" },
      element("i", {
        className: row.kind === "joins" ? "hatch" : modeled ? "is-modeled" : "",
        style: {
          width: `${(row.took / longest) * 100}%`,
          "--fill": `var(--tandem-${row.kind === "joins" ? "sync" : row.kind})`,
        },
      }),
      // An upright mark is the reference.
      !modeled && row.predicted > 0 && element("b", { style: { left: `${(row.predicted / longest) * 100}%` } }),
    );
  return section(
    modeled ? "Modeled time" : "Measured against predicted",
    element(
      "div",
      { className: "measure" },
      ...rows.flatMap((row) => [
        element("span", {}, row.label),
        bar(row),
        element("span", { className: "number" }, (modeled ? "≈ " : "") + durationText(row.took)),
        element("span", { className: "number muted" }, modeled ? "" : signedPercent(row.took / row.predicted - 1)),
      ]),
    ),
    element("p", { className: "muted small" }, modeled ? "Nothing was measured." : "Upright mark = predicted."),
  );
}

function timeRows(model: TimelineModel, slice: number, track: Track | undefined): Rows {
  const { trace } = model;
  const start = startOf(trace, slice);
  const took = endOf(trace, slice) - start;
  const rows: (readonly [string, Child])[] = [
    ["Duration", (model.modeled ? "≈ " : "") + durationText(took)],
    ["Start", `${fixed(start / 1e6, 3)}${narrowSpace}ms`],
  ];
  if (track?.kind === "band")
    rows.push(["Part of run", `${figures((took / Math.max(1, trace.durationNs)) * 100)}${narrowSpace}%`]);
  return rows;
}

function workRows(model: TimelineModel, slice: number, facts: Facts): Rows {
  const took = endOf(model.trace, slice) - startOf(model.trace, slice);
  const rows: (readonly [string, Child])[] = [];
  const kind = textOf(facts, "kind");
  const type = textOf(facts, "type");
  const shape = textOf(facts, "shape");
  const moved = numberOf(facts, "bytes");
  const flops = numberOf(facts, "flops");
  const share = numberOf(facts, "share");
  if (kind !== undefined) rows.push(["Kind", type === undefined ? kind : `${kind}, weights ${type}`]);
  if (shape !== undefined) rows.push(["Shape", shape]);
  if (share !== undefined && share < 1000) rows.push(["Share", `${figures(share / 10)}${narrowSpace}%`]);
  // Bytes per ns are GB/s; operations per ns are GFLOP/s.
  if (moved !== undefined && moved > 0) rows.push(["Bytes", `${join(bytes(moved))} · ${rate(moved / took, "GB/s")}`]);
  if (flops !== undefined && flops > 0) {
    rows.push(["FLOPs", `${join(operations(flops))} · ${flopRate(flops / took)}`]);
    if (moved !== undefined && moved > 0) rows.push(["Intensity", `${figures(flops / moved)} FLOP per byte`]);
  }
  return rows;
}

function rate(value: number, unit: string): string {
  return Number.isFinite(value) ? figures(value) + narrowSpace + unit : nothing;
}

export function flopRate(gigaflops: number): string {
  return gigaflops >= 1000 ? rate(gigaflops / 1000, "TFLOP/s") : rate(gigaflops, "GFLOP/s");
}

/** How this slice stands among those of the same op: is it the op that is slow, or this one? */
function amongItsLike(model: TimelineModel, slice: number): HTMLElement | false {
  const like = model.durationsLike(slice);
  if (like.length < 3) return false;
  const at = (part: number): number => like[Math.min(like.length - 1, Math.floor(like.length * part))] ?? 0;
  return section(
    `Among ${thousands(like.length)} × ${nameOf(model.trace, slice).op}`,
    list([
      ["Median", durationText(at(0.5))],
      ["Range", `${durationText(at(0))} – ${durationText(like[like.length - 1] ?? 0)}`],
    ]),
  );
}

function waitRows(facts: Facts): Rows {
  return (
    [
      ["Predicted", "predicted_ns"],
      ["Slept", "slept_ns"],
      ["Polled", "polled_ns"],
    ] as const
  ).flatMap(([label, name]) => {
    const value = numberOf(facts, name);
    return value === undefined ? [] : [[label, durationText(value)] as const];
  });
}

function otherRows(facts: Facts): Rows {
  return [...facts].map(
    ([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)] as const,
  );
}

/** The selection for the clipboard. */
export function sliceJson(model: TimelineModel, slice: number): string {
  const { trace } = model;
  return JSON.stringify(
    {
      name: nameOf(trace, slice).text,
      track: trackOf(trace, slice)?.name ?? "",
      origin: model.modeled ? "modeled" : "measured",
      startNs: startOf(trace, slice),
      durationNs: endOf(trace, slice) - startOf(trace, slice),
      ...Object.fromEntries(annotationsOf(trace, slice).map(({ name, value }) => [name, value])),
    },
    undefined,
    2,
  );
}

/** The selection as a row that a spreadsheet takes. */
export function sliceRow(model: TimelineModel, slice: number): string {
  const { trace } = model;
  const values = [
    nameOf(trace, slice).text,
    trackOf(trace, slice)?.name ?? "",
    startOf(trace, slice),
    endOf(trace, slice) - startOf(trace, slice),
    ...annotationsOf(trace, slice).map(({ value }) => (typeof value === "object" ? JSON.stringify(value) : value)),
  ];
  return values.map((value) => String(value).replace(/[\t\r\n]/g, " ")).join("\t");
}
