import { type TemplateResult, html, nothing } from "lit";
import type { PassName } from "../../src/trace/analysis/bandCursor";
import type { CompareState } from "./state";

const names = {
  prefill: "Prefill",
  decode: "Decode",
  other: "Other",
  layer: "Layer",
  op: "Op",
  order: "In order",
  change: "Largest change",
  table: "Table",
  timelines: "Timelines",
} as const;

/** What is shown, and how it is aligned and sorted. */
export function tools(
  passes: readonly PassName[],
  state: CompareState,
  set: (change: Partial<CompareState>) => void,
): TemplateResult {
  const inTable = state.view === "table";
  return html`<div class="tools">
    ${segment("Pass", passes, state.pass, (pass) => set({ pass }))}
    ${segment("View", ["table", "timelines"] as const, state.view, (view) => set({ view }))}
    ${
      inTable
        ? html`<span class="muted">Align by</span>
            ${segment("Align by", ["layer", "op"] as const, state.align, (align) => set({ align }))}
            <span class="muted">Sort</span>
            ${segment("Sort", ["order", "change"] as const, state.sort, (sort) => set({ sort }))}`
        : html`<span class="muted small">W A S D and the wheel move both; Esc goes back to the table.</span>`
    }
    <span class="grow"></span>
    ${inTable && state.align === "layer" ? legend() : nothing}
    ${
      inTable
        ? html`<span class="legend"
            ><span><i class="mark-swatch"></i>A</span><span>bar: B</span></span
          >`
        : nothing
    }
  </div>`;
}

function segment<T extends keyof typeof names>(
  label: string,
  values: readonly T[],
  pressed: T,
  choose: (value: T) => void,
): TemplateResult {
  return html`<span class="segment" role="group" aria-label=${label}
    >${values.map(
      (value) => html`<button aria-pressed=${value === pressed} @click=${() => choose(value)}>${names[value]}</button>`,
    )}</span
  >`;
}

function legend(): TemplateResult {
  return html`<span class="legend">
    <span><i class="swatch gpu"></i>GPU</span><span><i class="swatch both"></i>both</span>
    <span><i class="swatch npu"></i>NPU</span><span><i class="swatch cpu"></i>CPU</span>
    <span><i class="swatch hatch"></i>sync</span>
  </span>`;
}
