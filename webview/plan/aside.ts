import { type TemplateResult, html, nothing } from "lit";
import { type PlanException, planExceptions, planSums } from "../../src/plan/exceptions";
import type { Matrix } from "../../src/plan/matrix";
import type { LengthPlan, Plan } from "../../src/plan/types";
import { causeSentence } from "../../src/plan/words";
import { bytes, duration, join, narrowSpace, percent, thousands } from "../shared/format";
import { msText } from "./candidates";
import { strategyGlyph } from "./glyph";

/** What each glyph means, in the order in which the design has them. */
const strategyLines = {
  gpu: "All on the GPU",
  cpu: "All on the CPU",
  npu: "All on the NPU, at a standard length",
  pad: "NPU alone; tokens padded to the next standard length (hollow)",
  weight: "Rows of the weight split; both read all tokens",
  activation: "Tokens split: standard pieces on the NPU, the rest on the {primary}",
  hybrid: "Rows split, and the NPU half padded",
} as const;

export interface AsideInput {
  readonly plan: Plan;
  readonly length: LengthPlan;
  /** Not folded. */
  readonly matrix: Matrix;
  readonly tokens: number;
}

/** How to read a cell, what the plan comes to, and what is placed otherwise than the rest. */
export function planAside({ plan, length, matrix, tokens }: AsideInput): TemplateResult {
  const cells = [...matrix.rows.flatMap((row) => matmulCells(matrix, row.cells)), ...matrix.outside];
  const sums = planSums(cells, tokens);
  const primary = plan.primary === "cpu" ? "cpu" : "gpu";
  const exceptions = planExceptions(matrix);
  const shown = exceptions.slice(0, mostExceptions);
  const cap = plan.settings.gpuShareCap ?? 1;
  const share = (us: number): string => join(percent(length.stepUs > 0 ? us / length.stepUs : 0));
  const capText = primary === "gpu" && cap < 1 ? ` of ${join(percent(cap))} cap` : "";
  const row = (term: string, value: string): TemplateResult =>
    html`<dt class="muted">${term}</dt>
      <dd class="number">${value}</dd>`;
  return html`<section>
      <h2>How to read a cell</h2>
      <p>
        A cell is the op's output: wide = features, tall = tokens. Each part has the colour of the processor that
        computes it.
      </p>
      <div class="plan-legend">
        ${Object.entries(strategyLines)
          .filter(([strategy]) => strategy === primary || (strategy !== "gpu" && strategy !== "cpu"))
          .map(([strategy, line]) => {
            const count = sums.strategies.get(strategy) ?? 0;
            return html`${strategyGlyph(strategy, 0.36, { width: 44, height: 26, pieces: strategy === "activation" ? 2 : 1, primary })}
              <p>
                <b class="strong">${strategy}</b>
                <span class="muted"
                  >${count === 0 ? "not used here" : `${thousands(count)} ${count === 1 ? "op" : "ops"}`}</span
                ><br /><span class="muted">${line.replace("{primary}", primary.toUpperCase())}</span>
              </p>`;
          })}
      </div>
    </section>
    <section>
      <h2>This plan</h2>
      <dl>
        ${row("Step, predicted", join(duration(length.stepUs * 1e3)))}
        ${row("Matmuls one by one", join(duration(sums.totalUs * 1e3)))}
        ${row("Joins and copies in that", join(duration(sums.syncUs * 1e3)))}
        ${row(`${primary.toUpperCase()} share of time`, share(length.primaryBusyUs) + capText)}
        ${plan.hasNpu ? row("NPU share of time", share(length.npuBusyUs)) : nothing}
        ${plan.hasNpu ? row("Padding in the NPU's work", join(percent(sums.padded))) : nothing}
        ${plan.hasNpu ? row("NPU graphs, all lengths", `${thousands(plan.graphs)}, ${join(bytes(plan.graphBytes))}`) : nothing}
      </dl>
    </section>
    ${
      exceptions.length === 0
        ? nothing
        : html`<section>
            <h2>Exceptions</h2>
            ${shown.map((exception) => exceptionLine(exception, plan))}
            ${exceptions.length > shown.length ? html`<p class="muted">${thousands(exceptions.length - shown.length)} more.</p>` : nothing}
          </section>`
    }
    ${
      plan.notes.length === 0
        ? nothing
        : html`<section>
            <h2>The solver says</h2>
            ${plan.notes.map((note) => html`<p>${note}</p>`)}
          </section>`
    }`;
}

const mostExceptions = 8;

function matmulCells(matrix: Matrix, cells: Matrix["rows"][number]["cells"]): (typeof cells)[number] {
  return cells.flatMap((at, column) => (matrix.columns[column]?.kind === "matmul" ? at : []));
}

function exceptionLine({ name, cause, extraUs, type, cells }: PlanException, plan: Plan): TemplateResult {
  const chosen = cells[0]?.placement.chosen;
  if (chosen === undefined) return html``;
  const extra =
    Math.abs(extraUs) < 0.5 ? "" : `, ${extraUs < 0 ? "−" : "+"}${msText(Math.abs(extraUs))}${narrowSpace}ms`;
  if (cause === "override")
    return html`<p>
      <b class="strong">${name}</b> is set by an override in the settings.
      <span class="muted">${chosen.strategy}${extra}</span>
    </p>`;
  const reason =
    type !== undefined && cause === "type-not-on-npu"
      ? `is ${type}; the NPU has no kernel for it.`
      : `${type === undefined ? "" : `is ${type}. `}${causeSentence(cause, chosen, plan)}`;
  return html`<p>
    <b class="strong">${name}</b>${type === undefined ? ":" : ""} ${reason}
    <span class="muted">${chosen.strategy}${extra}</span>
  </p>`;
}
