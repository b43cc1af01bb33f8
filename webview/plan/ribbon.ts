import { type TemplateResult, html, svg } from "lit";
import { type StrategyRun, primaryShares, strategyRuns } from "../../src/plan/curves";
import type { ProfileCurve } from "../../src/plan/types";
import { thousands } from "../shared/format";
import type { PlotBox } from "../shared/chart";
import { strategyGlyph } from "./glyph";

export interface RibbonInput {
  readonly curve: ProfileCurve;
  readonly n: number;
  readonly tokens: readonly number[];
  readonly primary: "gpu" | "cpu";
  /** Of the NPU's graphs. */
  readonly standard: readonly number[];
  /** The chart that it stands below, in step. */
  readonly box: PlotBox;
}

const height = 26;
/** A run of one strategy that is narrower gets no name. */
const leastNamed = 84;

/** Below the curves: which strategy holds at which length, each processor's part, and the lengths that the NPU has graphs for. */
export function ribbon({ curve, n, tokens, primary, standard, box }: RibbonInput): TemplateResult {
  const runs = strategyRuns(curve);
  const shares = primaryShares(curve, n, tokens);
  const first = tokens[0] ?? 1;
  const span = Math.max(1, (tokens.at(-1) ?? 1) - first);
  const x = (count: number): number => ((count - first) / span) * box.width;
  const bar = Math.max(1, box.width / tokens.length) + 0.4;
  const place = `margin-left: ${box.left}px; width: ${box.width}px`;
  const edge = (run: StrategyRun): number => x(tokens[run.first] ?? first);
  return html`<div class="ribbon">
      <span class="ribbon-name muted small" style="width: ${box.left - 8}px">Plan</span>
      <svg style=${place} width=${box.width} height=${height} role="img" aria-label=${spokenRuns(runs, tokens)}>
        <rect width=${box.width} height=${height} fill="var(--tandem-npu)"></rect>
        ${shares.map((share, index) => {
          const own = height * share;
          return svg`<rect x=${x(tokens[index] ?? first)} y=${height - own} width=${bar} height=${own} fill="var(--tandem-${primary})"></rect>`;
        })}
        ${runs.slice(1).map((run) => svg`<rect x=${edge(run) - 0.75} width="1.5" height=${height} fill="var(--background)"></rect>`)}
      </svg>
      <span class="ribbon-ends muted small"><span>NPU share</span><span>${primary.toUpperCase()} share</span></span>
    </div>
    <div class="ribbon-names small" style=${place}>
      ${runs.map((run, at) => {
        const end = at + 1 < runs.length ? edge(runs[at + 1] ?? run) : box.width;
        if (end - edge(run) < leastNamed) return "";
        return html`<span class="with-glyph" style="left: ${(edge(run) + end) / 2}px"
          >${strategyGlyph(run.strategy, 0.4, { width: 18, height: 11, primary })} ${run.strategy}</span
        >`;
      })}
    </div>
    <div class="ribbon-names small muted" style=${place}>
      <span class="ribbon-name" style="left: -8px">Graphs</span>
      ${standard
        .filter((length) => length >= first && length <= first + span && x(length) > 20)
        .map(
          (length) => html`<span class="graph-mark" style="left: ${x(length)}px"><i></i>${thousands(length)}</span>`,
        )}
    </div>`;
}

function spokenRuns(runs: readonly StrategyRun[], tokens: readonly number[]): string {
  return runs
    .map(({ strategy, first, last }) => `${strategy} from ${tokens[first] ?? 0} to ${tokens[last] ?? 0} tokens`)
    .join(", ");
}
