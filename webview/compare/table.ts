import { type TemplateResult, html, nothing, svg } from "lit";
import { type WallTime, wallParts } from "../../src/trace/states";
import { durationText, fixed } from "../shared/format";
import { wallBar } from "../timeline/wallBar";
import type { TableRow } from "./rows";

export interface TableInput {
  readonly rows: readonly TableRow[];
  readonly selected: string | undefined;
  /** Room for the bar of B, in px. */
  readonly barWidth: number;
  readonly align: "layer" | "op";
  readonly modeledB: boolean;
  /** Whether slower and faster may be coloured: figures of one origin only. */
  readonly judged: boolean;
  select(label: string): void;
  open(label: string): void;
}

const deltaWidth = 150;
const barHeight = 12;

/** Layers or ops with their times in both runs; the bar is B, the upright mark is A. */
export function table(input: TableInput): TemplateResult {
  const { rows, align } = input;
  const longest = Math.max(1, ...rows.flatMap(({ aNs, bNs }) => [aNs, bNs])) * 1.02;
  const unit = longest >= 1e6 ? { ns: 1e6, name: "ms" } : { ns: 1e3, name: "µs" };
  const widest = Math.max(
    1,
    ...rows.map(({ deltaNs, wall }) => (wall === undefined ? Math.abs(deltaNs) : reach(wall.delta))),
  );
  return html`<svg class="defs" width="0" height="0" aria-hidden="true">
      <pattern id="sync-hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-line" width="1.6" height="4"></rect>
      </pattern>
    </svg>
    <div class="rows" role="table" aria-label="Differences; Enter shows both timelines" data-align=${align}>
      <div class="row head small muted" role="row">
        <span class=${align === "layer" ? "number" : ""} role="columnheader">${align === "layer" ? "L" : "Op"}</span>
        <span role="columnheader">${unit.name}, 0 to ${fixed(longest / unit.ns, longest / unit.ns < 10 ? 1 : 0)}</span>
        <span class="number" role="columnheader">A ${unit.name}</span>
        <span class="number" role="columnheader">${input.modeledB ? "≈ " : ""}B ${unit.name}</span>
        <span class="ends" role="columnheader"><span>B faster</span><span>slower</span></span>
        <span class="number" role="columnheader">B − A</span>
        <span role="columnheader">Plan</span>
      </div>
      ${rows.map((row) => rowOf(row, input, longest, widest, unit.ns))}
    </div>`;
}

function rowOf(row: TableRow, input: TableInput, longest: number, widest: number, unit: number): TemplateResult {
  const { selected, barWidth, align, modeledB, judged } = input;
  const chosen = row.label === selected;
  const muted = row.verdict === "same" || row.verdict === "unknown";
  const colour = !judged || muted ? "" : row.verdict === "slower" ? "bad" : "good";
  const digits = 2;
  const said = `${row.label}: A ${durationText(row.aNs)}, B ${durationText(row.bNs)}, ${verdictText(row)}${row.plan === "" ? "" : `, plan ${row.plan}`}`;
  return html`<div
    class="row"
    role="row"
    tabindex=${chosen ? 0 : -1}
    aria-selected=${chosen}
    aria-label=${said}
    data-label=${row.label}
    @click=${() => input.select(row.label)}
    @dblclick=${() => input.open(row.label)}
  >
    <span class=${align === "layer" ? "number muted" : "name"} role="cell" title=${row.label}>${row.short}</span>
    <span class="bars" role="cell">${bar(row, longest, barWidth, modeledB)}</span>
    <span class="number" role="cell">${fixed(row.aNs / unit, digits)}</span>
    <span class="number" role="cell">${fixed(row.bNs / unit, digits)}</span>
    <span class=${muted ? "faint" : ""} role="cell">${deltaBar(row, widest)}</span>
    <span class="number ${muted ? "muted" : `strong ${colour}`}" role="cell"
      >${signed(row.deltaNs / unit, digits)}</span
    >
    <span class="plan small muted" role="cell" title=${row.plan}>${row.plan}</span>
  </div>`;
}

function verdictText({ verdict, deltaNs }: TableRow): string {
  if (verdict === "same") return "no difference beyond noise";
  const size = durationText(Math.abs(deltaNs));
  if (verdict === "unknown")
    return `${size} ${deltaNs > 0 ? "slower" : "faster"}, too few repetitions to tell from noise`;
  return `${size} ${verdict}`;
}

function bar(row: TableRow, longest: number, width: number, modeled: boolean): TemplateResult {
  const mark = Math.min(width - 2, (row.aNs / longest) * width);
  const own =
    row.wall === undefined
      ? html`<svg width=${width} height=${barHeight} class="bar" aria-hidden="true">
          <rect
            class=${modeled ? "plain-bar modeled-part" : "plain-bar"}
            width=${Math.max(1, (row.bNs / longest) * width)}
            height=${barHeight}
          ></rect>
        </svg>`
      : wallBar(row.wall.b, longest, width, modeled);
  return html`${own}<i class="mark" style="left:${mark}px"></i>`;
}

/** How far the parts reach to either side. */
function reach(delta: WallTime): number {
  const side = (sign: number): number => wallParts.reduce((sum, part) => sum + Math.max(0, sign * delta[part]), 0);
  return Math.max(side(1), side(-1));
}

/** B − A by part: what B saves lies left of the middle, what it costs right of it. */
function deltaBar({ wall, deltaNs }: TableRow, widest: number): TemplateResult {
  const middle = deltaWidth / 2;
  const scale = (middle - 2) / widest;
  let [left, right] = [middle, middle];
  const parts = (
    wall === undefined ? [["other", deltaNs] as const] : wallParts.map((part) => [part, wall.delta[part]] as const)
  ).map(([part, ns]) => {
    const width = Math.abs(ns) * scale;
    if (width < 0.4) return nothing;
    const x = ns < 0 ? (left -= width) : (right += width) - width;
    return svg`<rect class="part-${part}" x=${x} y="1" width=${Math.max(1, width - 0.5)} height=${barHeight - 2}></rect>`;
  });
  return html`<svg width=${deltaWidth} height=${barHeight} class="bar" aria-hidden="true">
    ${parts}
    <line class="middle" x1=${middle} x2=${middle} y1="0" y2=${barHeight}></line>
  </svg>`;
}

/** With its sign; a real minus. */
export function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}
