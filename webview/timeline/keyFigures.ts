import type { Summary } from "../../src/trace/summary";
import { partOfWall, totalTime } from "../../src/trace/states";
import { type Quantity, bytes, duration, percent, thousands, tokenRate } from "../shared/format";
import { element } from "../shared/dom";
import type { TimelineModel } from "./model";

export interface KeyFigure {
  readonly label: string;
  readonly short: string;
  readonly value: Quantity;
  readonly note: string;
}

const processorNames = { gpu: "GPU", npu: "NPU", cpu: "CPU" } as const;

/** The verdict: how fast, where it ran. Modeled figures carry ≈; what nobody measured or modeled is left out. */
export function keyFigures(model: TimelineModel, compact = false): KeyFigure[] {
  const { trace, modeled } = model;
  const summary = model.summary();
  const about = (quantity: Quantity): Quantity => (modeled ? { ...quantity, value: `≈ ${quantity.value}` } : quantity);
  const stats = trace.footer?.stats;
  const figures: KeyFigure[] = [];
  const prompt = stats?.promptTokens ?? trace.header?.promptTokens;
  if (summary.timeToFirstTokenMs !== undefined) {
    figures.push({
      label: "Time to first token",
      short: "First token",
      value: about(duration(summary.timeToFirstTokenMs * 1e6)),
      note: prompt === undefined ? "" : `${thousands(prompt)}-token prompt`,
    });
  }
  if (summary.prefillTokensPerSecond !== undefined) {
    figures.push({
      label: "Prefill",
      short: "Prefill",
      value: about(tokenRate(summary.prefillTokensPerSecond)),
      note: stats?.prefillMs === undefined ? "" : `in ${text(duration(stats.prefillMs * 1e6))}`,
    });
  }
  if (summary.decodeTokensPerSecond !== undefined) {
    const generated = stats?.generatedTokens;
    figures.push({
      label: "Decode",
      short: "Decode",
      value: about(tokenRate(summary.decodeTokensPerSecond)),
      note: generated === undefined ? "" : `${thousands(generated)} tokens`,
    });
  }
  if (summary.heterogeneous) figures.push(...jointFigures(summary));
  // The strip has room for six.
  const roomForMemory = !(compact && summary.heterogeneous);
  if (roomForMemory && summary.peakMemoryBytes !== undefined) {
    figures.push({
      label: "Peak memory",
      short: "Memory",
      value: about(bytes(summary.peakMemoryBytes)),
      note: "of the agent",
    });
  }
  if (summary.ranOn.length > 0) figures.push(ranOnFigure(model, summary));
  return figures;
}

function text(quantity: Quantity): string {
  return `${quantity.value} ${quantity.unit}`;
}

/** What only runs on several processors have: overlap, and time in which nothing computes because of a join. */
function jointFigures(summary: Summary): KeyFigure[] {
  const part = (pass: "prefill" | "decode", what: "both" | "sync"): number | undefined => {
    const wall = summary.passes.find((candidate) => candidate.pass === pass)?.wall;
    return wall === undefined || totalTime(wall) === 0 ? undefined : partOfWall(wall, what);
  };
  return (["both", "sync"] as const).flatMap((what) => {
    const prefill = part("prefill", what);
    const decode = part("decode", what);
    const shown = prefill ?? decode;
    if (shown === undefined) return [];
    const note =
      prefill === undefined ? "decode" : decode === undefined ? "prefill" : `prefill; decode ${text(percent(decode))}`;
    const name = what === "both" ? "Overlap" : "Sync";
    return [{ label: name, short: name, value: percent(shown), note }];
  });
}

function ranOnFigure(model: TimelineModel, { ranOn }: Summary): KeyFigure {
  const busiest = [...ranOn].sort((a, b) => b.share - a.share);
  // A processor with a sliver of the work is named below, not in the verdict.
  const main = ranOn.filter(({ share }) => share >= 0.02);
  const name = (main.length > 0 ? main : busiest.slice(0, 1))
    .map(({ processor }) => processorNames[processor])
    .join(" + ");
  const header = model.trace.header;
  const detail =
    ranOn.length > 1
      ? ranOn.map(({ processor, share }) => `${processorNames[processor]} ${text(percent(share))}`).join(" · ")
      : [
          header?.threads === undefined
            ? ""
            : `${thousands(header.threads)} ${header.threads === 1 ? "thread" : "threads"}`,
          header?.isa ?? "",
        ]
          .filter((part) => part !== "")
          .join(", ");
  const label = model.modeled ? "Would run on" : "Ran on";
  return { label, short: label, value: { value: name, unit: "" }, note: detail };
}

export function keyFigureElement({ label, value, note }: KeyFigure, withNote: boolean): HTMLElement {
  return element(
    "div",
    { className: "key" },
    element("span", { className: "label" }, label),
    element("span", { className: "value" }, value.value, value.unit !== "" && element("small", {}, value.unit)),
    withNote && note !== "" && element("span", { className: "note" }, note),
  );
}
