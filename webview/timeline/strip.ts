import { workGroups } from "../../src/trace/groups";
import { totalTime } from "../../src/trace/states";
import type { LayerTime, Pass, PassSummary } from "../../src/trace/summary";
import { button } from "../shared/controls";
import { element, svg } from "../shared/dom";
import { durationText, fixed, join, narrowSpace, percent, signedPercent, thousands } from "../shared/format";
import { groupStyles, paletteColors, paletteIndex } from "./colours";
import { titleParts } from "./header";
import { keyFigureElement, keyFigures } from "./keyFigures";
import { legendItem, styleSwatch, swatch } from "./legend";
import type { TimelineModel } from "./model";
import type { Store } from "./state";
import { barHeight, wallBar } from "./wallBar";
import { segment } from "./toolbar";

export interface StripActions {
  /** Opens the full timeline at a layer, or as it was. */
  open(layer: LayerTime | undefined): void;
}

/** The compact form: one row per layer, its time by what worked in it. */
export class Strip {
  readonly root: HTMLElement;
  private readonly rows = element("div", { className: "strip-rows" });
  private readonly foot = element("div", { className: "strip-foot" });
  private readonly legend = element("div", { className: "legend" });
  private readonly passes;
  private current = 0;

  constructor(
    private readonly model: TimelineModel,
    private readonly store: Store,
    private readonly actions: StripActions,
  ) {
    const summary = model.summary();
    const names = Object.fromEntries(summary.passes.map((pass) => [pass.pass, passName(pass)])) as Record<Pass, string>;
    this.passes = segment(
      "Pass",
      summary.passes.map(({ pass }) => pass),
      names,
      (pass) => store.update({ pass }),
    );
    this.root = element(
      "div",
      { className: "strip" },
      element(
        "div",
        { className: "title-line" },
        ...titleParts(model, false),
        element("span", { className: "grow" }),
        button({ label: "Open timeline", appearance: "secondary", onClick: () => actions.open(undefined) }),
      ),
      element(
        "div",
        { className: "keys" },
        ...keyFigures(model, true).map((figure) => keyFigureElement({ ...figure, label: figure.short }, false)),
      ),
      element(
        "div",
        { className: "strip-bar" },
        summary.passes.length > 0 && this.passes.root,
        element("span", { className: "grow" }),
        this.legend,
      ),
      this.rows,
      this.foot,
    );
    this.rows.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.update()).observe(this.rows);
    this.update();
  }

  update(): void {
    const summary = this.model.summary();
    const pass = summary.passes.find((candidate) => candidate.pass === this.store.state.pass) ?? summary.passes[0];
    if (pass === undefined || pass.layers.length === 0) {
      this.rows.replaceChildren(element("p", { className: "muted strip-empty" }, emptyText(this.model)));
      this.foot.replaceChildren();
      this.legend.replaceChildren();
      return;
    }
    this.passes.press(pass.pass);
    const single = summary.ranOn.length === 1;
    this.legend.replaceChildren(...(single ? groupLegend(pass) : wallLegend(pass)));
    this.drawRows(pass, single);
    this.foot.replaceChildren(...footLines(pass, single, this.model.modeled));
  }

  private drawRows(pass: PassSummary, single: boolean): void {
    const predicted = !this.model.modeled && pass.layers.some((layer) => layer.predictedNs > 0);
    const notes = new Map(pass.layers.map((layer) => [layer, noteOf(layer, pass)]));
    const hasNotes = [...notes.values()].some((note) => note !== "");
    this.rows.classList.toggle("with-predicted", predicted);
    this.rows.classList.toggle("with-notes", hasNotes);
    const barWidth = Math.max(
      80,
      this.rows.clientWidth - 32 - 28 - 64 - (predicted ? 60 : 0) - (hasNotes ? 138 : 0) - 20,
    );
    // One long row must not shrink all others to nothing: the axis ends at the longest layer proper.
    const longest = Math.max(...pass.layers.filter(({ layer }) => layer >= 0).map(({ totalNs }) => totalNs), 1);
    const axis = niceAxis(longest);
    const head = element(
      "div",
      { className: "strip-row strip-head small muted", attrs: { role: "row" } },
      element("span", { className: "number", attrs: { role: "columnheader" } }, "L"),
      axisElement(axis, barWidth),
      element("span", { className: "number", attrs: { role: "columnheader" } }, axis.unit),
      predicted && element("span", { className: "number", attrs: { role: "columnheader" } }, "vs pred."),
      hasNotes && element("span", { className: "note", attrs: { role: "columnheader" } }, "Note"),
    );
    this.current = Math.min(this.current, pass.layers.length - 1);
    const rows = pass.layers.map((layer, index) => {
      const difference = layer.predictedNs > 0 ? layer.totalNs / layer.predictedNs - 1 : 0;
      const note = notes.get(layer) ?? "";
      return element(
        "div",
        {
          className: "strip-row",
          tabIndex: index === this.current ? 0 : -1,
          attrs: { role: "row", "aria-label": layerText(layer, single) },
          onclick: () => this.actions.open(layer),
        },
        element("span", { className: "number muted", attrs: { role: "cell" } }, layer.label),
        element(
          "span",
          { attrs: { role: "cell" } },
          single ? groupBar(layer, axis.end, barWidth) : wallBar(layer.wall, axis.end, barWidth, this.model.modeled),
        ),
        element(
          "span",
          { className: "number", attrs: { role: "cell" } },
          fixed(layer.totalNs / axis.scale, axis.digits),
        ),
        predicted &&
          element(
            "span",
            { className: `number ${Math.abs(difference) > 0.02 ? "strong" : "muted"}`, attrs: { role: "cell" } },
            layer.predictedNs > 0 ? signedPercent(difference) : "",
          ),
        hasNotes && element("span", { className: "note small muted", title: note, attrs: { role: "cell" } }, note),
      );
    });
    this.rows.setAttribute("role", "table");
    this.rows.setAttribute("aria-label", `Layers of ${pass.pass}; Enter opens the timeline at a layer`);
    this.rows.replaceChildren(head, ...rows);
  }

  private press(event: KeyboardEvent): void {
    const rows = [...this.rows.querySelectorAll<HTMLElement>(".strip-row:not(.strip-head)")];
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const to =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? rows.length - 1
          : move === undefined
            ? undefined
            : this.current + move;
    if (to === undefined) {
      if (event.key !== "Enter") return;
      rows[this.current]?.click();
    } else {
      rows[this.current]?.setAttribute("tabindex", "-1");
      this.current = Math.min(Math.max(0, to), rows.length - 1);
      rows[this.current]?.setAttribute("tabindex", "0");
      rows[this.current]?.focus();
    }
    event.preventDefault();
  }
}

function passName({ pass, tokens }: PassSummary): string {
  if (pass === "decode") return "Decode, per token";
  return tokens === 0 ? "Prefill" : `Prefill, ${thousands(tokens)} tokens`;
}

function emptyText(model: TimelineModel): string {
  return model.own
    ? "This trace holds no layers: the run ended before the first one. Open the timeline to see what was recorded."
    : "This trace was not written by Tandem, so it has no layers. Open the timeline to see its tracks.";
}

interface Axis {
  readonly end: number;
  readonly ticks: readonly number[];
  /** ns per unit shown. */
  readonly scale: number;
  readonly unit: string;
  readonly digits: number;
}

function niceAxis(longest: number): Axis {
  const scale = longest >= 1e6 ? 1e6 : 1e3;
  const end = (longest / scale) * 1.04;
  const rough = end / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power;
  const ticks: number[] = [];
  for (let tick = 0; tick <= end; tick += step) ticks.push(Math.round(tick / step) * step);
  const size = longest / scale;
  return {
    end: end * scale,
    ticks,
    scale,
    unit: scale === 1e6 ? "ms" : "µs",
    digits: size >= 100 ? 0 : size >= 10 ? 2 : 3,
  };
}

function axisElement(axis: Axis, width: number): HTMLElement {
  const labels = axis.ticks.map((tick, index) =>
    element(
      "i",
      { style: { left: `${(tick * axis.scale * width) / axis.end}px` } },
      String(Math.round(tick * 1000) / 1000) + (index === axis.ticks.length - 1 ? narrowSpace + axis.unit : ""),
    ),
  );
  return element("span", { className: "strip-axis", attrs: { "aria-hidden": "true" } }, ...labels);
}

/** With one processor there is nothing to divide but the work itself. */
function groupBar(layer: LayerTime, end: number, width: number): SVGSVGElement {
  const bar = svg("svg", { width, height: barHeight, class: "bar", "aria-hidden": "true" });
  const scale = width / end;
  let x = 0;
  for (const group of workGroups) {
    const ns = layer.groups.get(group) ?? 0;
    if (ns <= 0 || x > width) continue;
    const color = paletteColors[paletteIndex(groupStyles[group])] ?? "idle";
    bar.append(
      svg("rect", { x, y: 0, width: Math.max(0.6, ns * scale - 0.5), height: barHeight, fill: `var(--${color})` }),
    );
    x += ns * scale;
  }
  const idle = layer.wall.idle * scale;
  if (idle > 1.5 && x < width) {
    bar.append(
      svg("rect", { x: x + 0.5, y: 0.5, width: idle - 1, height: barHeight - 1, fill: "none", stroke: "var(--idle)" }),
    );
  }
  return bar;
}

function wallLegend({ wall }: PassSummary): HTMLElement[] {
  const both = element("i", { className: "swatch both" });
  const idle = element("i", { className: "swatch idle" });
  return [
    ...(wall.gpu + wall.both > 0 ? [legendItem("GPU", swatch("var(--tandem-gpu)"))] : []),
    ...(wall.both > 0 ? [legendItem("both", both)] : []),
    ...(wall.npu + wall.both > 0 ? [legendItem("NPU", swatch("var(--tandem-npu)"))] : []),
    ...(wall.cpu > 0 ? [legendItem("CPU", swatch("var(--tandem-cpu)"))] : []),
    ...(wall.sync > 0 ? [legendItem("sync", element("i", { className: "swatch hatch" }))] : []),
    legendItem("idle", idle),
  ];
}

function groupLegend(pass: PassSummary): HTMLElement[] {
  const used = workGroups.filter((group) => pass.layers.some((layer) => layer.layer >= 0 && layer.groups.has(group)));
  return used.map((group) => legendItem(group, styleSwatch(groupStyles[group])));
}

function layerText(layer: LayerTime, single: boolean): string {
  const name = layer.layer < 0 ? "output" : `layer ${layer.label}`;
  const total = totalTime(layer.wall);
  const parts = single
    ? [...layer.groups].map(([group, ns]) => `${group} ${join(percent(ns / total))}`)
    : Object.entries(layer.wall).flatMap(([part, ns]: [string, number]) =>
        ns > 0 ? [`${part} ${join(percent(ns / total))}`] : [],
      );
  return `${name}, ${durationText(layer.totalNs)}: ${parts.join(", ")}`;
}

/** An op that ran elsewhere than in the other layers: a fallback, said where it costs. */
function noteOf(layer: LayerTime, pass: PassSummary): string {
  if (layer.layer < 0) return "";
  for (const [op, processor] of layer.processors) {
    const elsewhere = pass.layers.filter(
      (other) => other.layer >= 0 && other.processors.has(op) && other.processors.get(op) !== processor,
    ).length;
    if (elsewhere > (pass.layers.length - 1) / 2) return `${op} on ${processorText[processor] ?? processor} only`;
  }
  return "";
}

const processorText: Readonly<Record<string, string>> = { gpu: "GPU", npu: "NPU", cpu: "CPU", both: "both" };

function footLines(pass: PassSummary, single: boolean, modeled: boolean): HTMLElement[] {
  const total = totalTime(pass.wall);
  const layers = pass.layers.filter(({ layer }) => layer >= 0);
  const about = modeled ? "≈ " : "";
  const per = pass.pass === "decode" ? " per token" : "";
  const start = `${thousands(layers.length)} layers and output, ${about}${durationText(total)}${per}: `;
  const parts = single ? groupParts(pass, total) : wallPartsText(pass, total);
  const lines = [element("div", {}, start + parts.join(" · "))];
  const sorted = layers.map(({ totalNs }) => totalNs).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const slowest = layers.find(({ totalNs }) => totalNs === sorted[sorted.length - 1]);
  if (slowest !== undefined && median > 0 && slowest.totalNs > median * 1.15) {
    const note = noteOf(slowest, pass);
    lines.push(
      element(
        "div",
        { className: "muted" },
        `Layer ${slowest.label} is ${about}${durationText(slowest.totalNs - median)} longer than the median layer${note === "" ? "" : `: ${note}`}.`,
      ),
    );
  }
  return lines;
}

function wallPartsText({ wall }: PassSummary, total: number): string[] {
  const names = { gpu: "GPU", both: "both", npu: "NPU", cpu: "CPU", sync: "sync", idle: "idle" } as const;
  return (Object.keys(names) as (keyof typeof names)[]).flatMap((part) =>
    wall[part] / total >= 0.0005 ? [`${names[part]} ${join(percent(wall[part] / total))}`] : [],
  );
}

function groupParts(pass: PassSummary, total: number): string[] {
  return workGroups.flatMap((group) => {
    const ns = pass.layers.reduce((sum, layer) => sum + (layer.groups.get(group) ?? 0), 0);
    return ns > 0 ? [`${group} ${join(percent(ns / total))}`] : [];
  });
}
