import { type TemplateResult, html, svg } from "lit";
import { lengthPlanAt } from "../../src/plan/fold";
import type { Candidate, Plan } from "../../src/plan/types";
import { durationText, thousands } from "../shared/format";

interface Bar {
  readonly name: string;
  readonly lane: "primary" | "npu" | "sync";
  readonly from: number;
  readonly us: number;
}

/** The ops of one layer after one another: what each processor does and where one waits for the other. Predicted, µs. */
export function laneBars(plan: Plan, tokens: number, layer: number): { bars: Bar[]; us: number } {
  const length = lengthPlanAt(plan, tokens);
  const bars: Bar[] = [];
  let at = 0;
  plan.ops.forEach((op, index) => {
    const chosen: Candidate | undefined = plan.placements[length?.placement[index] ?? -1]?.chosen;
    if (op.layer !== layer || chosen === undefined) return;
    const name = op.name.slice(op.name.lastIndexOf(".") + 1);
    const { primaryUs, npuUs, syncUs, totalUs } = chosen;
    if (primaryUs > 0) bars.push({ name, lane: "primary", from: at, us: primaryUs });
    if (npuUs > 0) bars.push({ name, lane: "npu", from: at, us: npuUs });
    const computed = Math.max(primaryUs, npuUs);
    if (syncUs > 0) bars.push({ name, lane: "sync", from: at + computed, us: syncUs });
    at += Math.max(totalUs, computed + syncUs);
  });
  return { bars, us: at };
}

const width = 1000;
const laneHeight = 14;

/** Two timelines of one layer on one axis: as it is planned now, and with the settings. */
export function layerLanes(now: Plan, next: Plan, tokens: number): TemplateResult {
  const layers = next.ops.flatMap(({ layer }) => (layer === null ? [] : [layer]));
  // The middle one is like most; the first and the last may hold weights of other types.
  const layer = layers[Math.floor(layers.length / 2)];
  if (layer === undefined) return html``;
  const both = [laneBars(now, tokens, layer), laneBars(next, tokens, layer)];
  const longest = Math.max(1e-9, ...both.map(({ us }) => us));
  const primary = next.primary === "cpu" ? "cpu" : "gpu";
  const names = ["Now", "New"];
  return html`<section aria-label="Predicted timeline of layer ${layer}">
    <h2>Layer ${layer} ${tokens === 1 ? "in decode" : `at ${thousands(tokens)} tokens`}, predicted</h2>
    ${both.map(
      ({ bars, us }, index) =>
        html`<div class="lanes">
          <span class="small">${names[index]}</span>
          <svg
            viewBox="0 0 ${width} ${2 * laneHeight + 1}"
            preserveAspectRatio="none"
            role="img"
            aria-label="${names[index] ?? ""}: ${durationText(us * 1e3)}, ${next.primary.toUpperCase()} above, NPU below"
          >
            ${bars.map((bar) => laneBar(bar, longest, primary))}
          </svg>
          <span class="small number">≈ ${durationText(us * 1e3)}</span>
        </div>`,
    )}
  </section>`;
}

function laneBar({ name, lane, from, us }: Bar, longest: number, primary: "gpu" | "cpu"): TemplateResult {
  const x = (width * from) / longest;
  const w = Math.max(0.6, (width * us) / longest - 0.6);
  const y = lane === "npu" ? laneHeight + 1 : 0;
  const h = lane === "sync" ? 2 * laneHeight + 1 : laneHeight;
  const color = { primary: `var(--tandem-${primary})`, npu: "var(--tandem-npu)", sync: "var(--tandem-sync)" }[lane];
  return svg`<rect class="lane-${lane}" x=${x} y=${y} width=${w} height=${h} style="--fill: ${color}"><title>${name}, ${lane === "sync" ? "waiting" : lane === "npu" ? "NPU" : primary.toUpperCase()}: ${durationText(us * 1e3)}</title></rect>`;
}
