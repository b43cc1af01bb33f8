import { type TemplateResult, html, nothing } from "lit";
import { type SweepAxis, type SweepName, sweepNames, usualValues } from "../../src/plan/sweepAxes";
import type { SweepOutcome, SweepPoint } from "../../src/plan/tuning";
import type { ChartContent } from "../shared/chart";
import { bytes, fixed, join, narrowSpace, thousands } from "../shared/format";
import type { SolverSettings } from "../../src/plan/types";

export interface SweepForm {
  readonly first: SweepName;
  readonly second: SweepName | "";
  readonly measure: boolean;
}

export interface SweepView {
  readonly form: SweepForm;
  readonly outcome: SweepOutcome | undefined;
  readonly idle: boolean;
  /** Why nothing can be measured; undefined where it can. */
  readonly unmeasurable: string | undefined;
  readonly chart: TemplateResult | typeof nothing;
  readonly change: (form: SweepForm) => void;
  readonly start: (axes: readonly SweepAxis[]) => void;
  readonly use: (settings: SolverSettings) => void;
}

export const axisNames: Readonly<Record<SweepName, string>> = {
  gpuShareCap: "GPU share cap",
  rowStep: "Row step",
  maxPieces: "Pieces, at most",
  minNpuTokens: "NPU from this many tokens",
  maxGraphs: "NPU graphs, at most",
  maxGraphBytes: "NPU graph memory, at most",
  maxCompileMs: "Graph compile time, at most",
  sync: "Synchronisation",
  objective: "Objective",
};

export function axisText(name: SweepName, value: number | string): string {
  if (typeof value === "string") return value;
  if (name === "gpuShareCap") return `${Math.round(value * 100)}${narrowSpace}%`;
  if (name === "maxGraphBytes") return join(bytes(value));
  if (name === "maxCompileMs") return `${fixed(value / 1000, 1)}${narrowSpace}s`;
  return thousands(value);
}

/** One setting gives a curve, two give a map: predicted, and measured on the device where asked for. */
export function sweepView(view: SweepView): TemplateResult {
  const { form, outcome, idle, unmeasurable } = view;
  const axes = [form.first, form.second].flatMap((name): SweepAxis[] =>
    name === "" ? [] : [{ name, values: usualValues[name] }],
  );
  const option = (name: SweepName | "", selected: string): TemplateResult =>
    html`<option value=${name} ?selected=${name === selected}>${name === "" ? "–" : axisNames[name]}</option>`;
  return html`<section aria-label="Sweep" class="explore">
    <div class="explore-form">
      <label
        >Step through
        <select
          class="input"
          @change=${(event: Event) => view.change({ ...form, first: (event.target as HTMLSelectElement).value as SweepName })}
        >
          ${sweepNames.map((name) => option(name, form.first))}
        </select></label
      >
      <label
        >and
        <select
          class="input"
          @change=${(event: Event) => view.change({ ...form, second: (event.target as HTMLSelectElement).value as SweepName | "" })}
        >
          ${(["", ...sweepNames] as const).filter((name) => name !== form.first).map((name) => option(name, form.second))}
        </select></label
      >
      <label title=${unmeasurable ?? nothing}
        ><input
          type="checkbox"
          .checked=${form.measure && unmeasurable === undefined}
          ?disabled=${unmeasurable !== undefined}
          @change=${(event: Event) => view.change({ ...form, measure: (event.target as HTMLInputElement).checked })}
        />Measure each point</label
      >
      <vscode-button appearance="secondary" ?disabled=${!idle} @click=${() => view.start(axes)}>Sweep</vscode-button>
    </div>
    ${
      outcome === undefined
        ? html`<p class="muted">
            The other settings stay as the controls have them. One setting gives a curve, two give a map.
          </p>`
        : outcome.axes.length === 1
          ? html`${view.chart} ${pointTable(outcome, view)}`
          : map(outcome, view)
    }
    ${outcome?.stopped === undefined ? nothing : html`<p class="small">${outcome.stopped.message} The ${outcome.points.length} points until then are kept.</p>`}
  </section>`;
}

/** The curve of one axis: its values stand at equal distances. */
export function sweepCurve({ axes, points }: SweepOutcome): ChartContent | undefined {
  const [axis] = axes;
  if (axis === undefined || axes.length !== 1 || points.length < 2) return undefined;
  const values = axis.values.slice(0, points.length);
  const measured = points.map(({ measured: trial }) => trial?.prefill ?? null);
  return {
    label: `Prefill rate over ${axisNames[axis.name]}`,
    x: values.map((_, at) => at),
    xTicks: values.map((_, at) => at),
    xText: (at) => axisText(axis.name, values[at] ?? ""),
    yText: thousands,
    curves: [
      {
        label: "predicted",
        color: "text",
        line: "modeled",
        values: points.map(({ predicted }) => predicted?.prefill ?? null),
      },
      ...(measured.some((value) => value !== null)
        ? [{ label: "measured", color: "tandem-gpu" as const, values: measured, measured: measured.map((_, at) => at) }]
        : []),
    ],
  };
}

/** Index of the highest rate: the measured ones count where there are any. */
export function fastestPoint({ curves }: ChartContent): number {
  const rates = (curves.at(-1)?.values ?? []).map((rate) => rate ?? 0);
  return Math.max(0, rates.indexOf(Math.max(...rates)));
}

function pointTable({ axes, points }: SweepOutcome, view: SweepView): TemplateResult {
  const [axis] = axes;
  if (axis === undefined) return html``;
  return html`<table aria-label="Sweep">
    <thead>
      <tr>
        <th scope="col">${axisNames[axis.name]}</th>
        <th scope="col" class="number">Prefill ≈</th>
        <th scope="col" class="number">Decode ≈</th>
        <th scope="col" class="number">Prefill measured</th>
        <th scope="col" class="number">Decode measured</th>
        <th scope="col"></th>
      </tr>
    </thead>
    <tbody>
      ${points.map(
        (point, at) =>
          html`<tr>
            <th scope="row">${axisText(axis.name, axis.values[at] ?? "")}</th>
            ${figures(point)}
            <td>
              <button type="button" class="link" @click=${() => view.use(point.settings)}>Use</button>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function figures({ predicted, measured, problem }: SweepPoint): TemplateResult {
  const rate = (value: number | undefined, digits: number): string =>
    value === undefined ? "–" : fixed(value, digits);
  if (predicted === undefined) return html`<td colspan="4" class="bad">${problem?.message ?? ""}</td>`;
  return html`<td class="number">${rate(predicted.prefill, 1)}</td>
    <td class="number">${rate(predicted.decode, 2)}</td>
    <td class="number">${rate(measured?.prefill, 1)}</td>
    <td class="number">${rate(measured?.decode, 2)}</td>`;
}

/** Two axes: the darker, the faster prefill; the number stands in each cell. */
function map({ axes, points }: SweepOutcome, view: SweepView): TemplateResult {
  const [rows, columns] = axes;
  if (rows === undefined || columns === undefined) return html``;
  const rates = points.flatMap(({ predicted }) => predicted?.prefill ?? []);
  const [least, most] = [Math.min(...rates), Math.max(...rates)];
  const shade = (rate: number): number => (most > least ? (rate - least) / (most - least) : 0.5);
  return html`<div class="map-scroll">
      <table class="map" aria-label="Predicted prefill rate, tokens per second">
        <thead>
          <tr>
            <th scope="col">${axisNames[rows.name]} ↓ ${axisNames[columns.name]} →</th>
            ${columns.values.map((value) => html`<th scope="col" class="number">${axisText(columns.name, value)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.values.map(
            (value, row) =>
              html`<tr>
                <th scope="row">${axisText(rows.name, value)}</th>
                ${columns.values.map((_, column) => {
                  const point = points[row * columns.values.length + column];
                  if (point === undefined) return html`<td></td>`;
                  const { predicted, measured, problem } = point;
                  if (predicted === undefined) return html`<td class="muted" title=${problem?.message ?? ""}>–</td>`;
                  const best = predicted.prefill === most;
                  return html`<td>
                    <button
                      type="button"
                      class="map-cell ${best ? "best" : ""}"
                      style="--shade: ${Math.round(8 + 52 * shade(predicted.prefill))}%"
                      title="Use these settings${measured?.prefill === undefined ? "" : `; measured ${fixed(measured.prefill, 1)}`}"
                      @click=${() => view.use(point.settings)}
                    >
                      ${thousands(predicted.prefill)}
                    </button>
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="small muted">Predicted prefill, tok/s; a cell takes its settings over.</p>`;
}
