import { joinBehind, otherHalf } from "../../../src/trace/navigate";
import { type Track, endOf, startOf, trackOf } from "../../../src/trace/trace";
import { durationText, signedPercent } from "../../shared/format";
import { element } from "../../shared/dom";
import type { TimelineModel } from "../model";
import { factsOf, numberOf, section } from "./facts";

export const processorText: Readonly<Partial<Record<Track["kind"], string>>> = {
  gpu: "GPU",
  npu: "NPU",
  cpu: "CPU",
  joins: "Join",
};

interface Row {
  readonly label: string;
  readonly kind: Track["kind"];
  readonly took: number;
  /** 0 where nothing was predicted. */
  readonly predicted: number;
}

/** Measured against predicted: this part, the other one, the join behind them. An upright mark is the prediction. */
export function times(model: TimelineModel, slice: number): HTMLElement | undefined {
  const { trace, modeled } = model;
  const join = joinBehind(trace, slice);
  const parts = [slice, otherHalf(trace, slice), join].filter((part) => part !== undefined);
  const rows = parts.flatMap((part): Row[] => {
    const track = trackOf(trace, part);
    if (track === undefined) return [];
    const took = endOf(trace, part) - startOf(trace, part);
    const predicted = numberOf(factsOf(trace, part), "predicted_ns") ?? 0;
    return [{ label: processorText[track.kind] ?? track.name, kind: track.kind, took, predicted }];
  });
  if (rows.every(({ predicted }) => predicted === 0)) return undefined;
  const longest = Math.max(...rows.flatMap((row) => [row.took, row.predicted])) * 1.12;
  const waited = join ?? (trackOf(trace, slice)?.kind === "joins" ? slice : undefined);
  return section(
    modeled ? "Modeled time" : "Measured against predicted",
    element(
      "div",
      { className: modeled ? "measure is-modeled" : "measure" },
      ...rows.flatMap((row) => [
        element("span", {}, row.label),
        bar(row, longest, modeled),
        element("span", { className: "number" }, (modeled ? "≈ " : "") + durationText(row.took)),
        ...(modeled ? [] : [element("span", { className: "number muted" }, difference(row))]),
      ]),
    ),
    element(
      "p",
      { className: "muted small" },
      [modeled ? "Nothing was measured." : "Upright mark = predicted.", waitText(model, waited)].join(" ").trim(),
    ),
  );
}

function bar(row: Row, longest: number, modeled: boolean): HTMLElement {
  const isJoin = row.kind === "joins";
  return element(
    "span",
    { className: "measure-bar" },
    element("i", {
      className: isJoin ? "hatch" : modeled ? "is-modeled" : "",
      style: {
        // The hatch needs a few pixels to be seen as one.
        width: `max(${isJoin ? 4 : 1}px, ${(row.took / longest) * 100}%)`,
        "--fill": `var(--tandem-${isJoin ? "sync" : row.kind})`,
      },
    }),
    !modeled && row.predicted > 0 && element("b", { style: { left: `${(row.predicted / longest) * 100}%` } }),
  );
}

/** Of ops in percent; joins are short, so a difference in time says more. */
function difference({ kind, took, predicted }: Row): string {
  if (predicted === 0) return "";
  if (kind !== "joins") return signedPercent(took / predicted - 1);
  return (took < predicted ? "" : "+") + durationText(took - predicted);
}

function waitText({ trace }: TimelineModel, join: number | undefined): string {
  if (join === undefined) return "";
  const facts = factsOf(trace, join);
  const parts = (["slept", "polled"] as const).flatMap((what) => {
    const ns = numberOf(facts, `${what}_ns`);
    return ns === undefined ? [] : [`${what} ${durationText(ns)}`];
  });
  return parts.length === 0 ? "" : `Join: ${parts.join(", ")}.`;
}
