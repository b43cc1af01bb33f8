import { LitElement, type TemplateResult, html, nothing, svg } from "lit";
import type { Failure } from "../../src/base/result";
import { type Shape, paddedTimes, stepAround } from "../../src/plan/curves";
import { placementWords, splitText } from "../../src/plan/placementWords";
import type { Placement, Plan, ProfileCurve, ProfileCurvesResult } from "../../src/plan/types";
import { Chart, type ChartCurve, type PlotBox } from "../shared/chart";
import { button, progressRing } from "../shared/controls";
import { fixed, narrowSpace, thousands, tokenCount } from "../shared/format";
import "./candidates";
import { candidateGlyph, msText } from "./candidates";
import { ribbon } from "./ribbon";
import { segmentOf } from "./segment";
import { type ShapesState, initialShapes } from "./shapesState";

export interface ShapesSource {
  readonly plan: Plan;
  readonly shapes: readonly Shape[];
  readonly tokens: readonly number[];
  readonly promptTokens?: number | undefined;
}

/** What is asked for the length at the cursor alone. */
export interface LengthDetail {
  readonly shape: Shape;
  readonly tokens: number;
  readonly placement: Placement;
  /** A standard length that would help, and what the matmul would take with it, in µs. */
  readonly worth?: { readonly length: number; readonly us: number };
}

export type CurvesState = "asking" | Failure | ProfileCurvesResult;

/**
 * `<tandem-shapes>`: what each matmul shape costs over the number of tokens, on each processor and as it is split.
 * `state` is kept by the page: `shapes-state` asks for a change of it, `shapes-retry` for the curves again.
 */
export class Shapes extends LitElement {
  static override properties = {
    source: { attribute: false },
    problem: { attribute: false },
    curves: { attribute: false },
    detail: { attribute: false },
    detailProblem: { attribute: false },
    state: { attribute: false },
    tabs: { attribute: false },
    box: { state: true },
  };
  declare source: ShapesSource | undefined;
  declare problem: Failure | undefined;
  declare curves: CurvesState;
  /** Of the length at the cursor, once it is there. */
  declare detail: LengthDetail | undefined;
  /** Why it does not come. */
  declare detailProblem: Failure | undefined;
  declare state: ShapesState;
  declare tabs: HTMLElement | undefined;
  declare private box: PlotBox | undefined;
  private chart: Chart | undefined;
  private drawn = "";

  constructor() {
    super();
    this.state = initialShapes;
    this.curves = "asking";
  }

  /** The shape and the length that the state names, as far as there are such. */
  get shown(): { readonly at: number; readonly shape: Shape; readonly index: number } | undefined {
    const { source, state } = this;
    const named = source?.shapes.findIndex(({ ops }) => state.op !== undefined && ops.includes(state.op)) ?? -1;
    const largest = source?.shapes.reduce((best, { n, k }, i, all) => {
      const other = all[best];
      return other === undefined || n * k >= other.n * other.k ? i : best;
    }, 0);
    const at = named >= 0 ? named : (largest ?? 0);
    const shape = source?.shapes[at];
    if (source === undefined || shape === undefined) return undefined;
    const wanted = state.tokens ?? source.promptTokens ?? 256;
    const index = Math.min(Math.max(0, wanted - (source.tokens[0] ?? 1)), source.tokens.length - 1);
    return { at, shape, index };
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.chart?.dispose();
    this.chart = undefined;
    this.drawn = "";
  }

  protected override updated(): void {
    const place = this.querySelector(".shape-chart");
    const { shown, source, curves } = this;
    if (place === null || shown === undefined || source === undefined || typeof curves === "string" || "code" in curves)
      return;
    this.chart ??= new Chart({
      onCursor: (index) => this.change({ tokens: source.tokens[index] }),
      onLayout: (box) => {
        if (JSON.stringify(box) !== JSON.stringify(this.box)) this.box = box;
      },
      cursorText: (index) => this.spoken(index),
    });
    if (this.chart.root.parentElement !== place) place.append(this.chart.root);
    const key = `${shown.at} ${this.state.time} ${this.state.scale}`;
    if (this.drawn === key) this.chart.setCursor(shown.index);
    else this.draw(this.chart, source, curves, shown.at, shown.index);
    this.drawn = key;
  }

  protected override render(): TemplateResult {
    const { source, state, tabs, curves } = this;
    const ready = source !== undefined && typeof curves !== "string" && !("code" in curves);
    return html`<div class="toolbar" role="toolbar" aria-label="Shape tools">
        ${tabs}
        ${
          source === undefined
            ? nothing
            : html`${segmentOf(
                "Time",
                [
                  { value: "total", text: "Total" },
                  { value: "token", text: "Per token" },
                ] as const,
                state.time,
                (time) => this.change({ time }),
              )}
              ${segmentOf(
                "Scale",
                [
                  { value: "linear", text: "Linear" },
                  { value: "log", text: "Log" },
                ] as const,
                state.scale,
                (scale) => this.change({ scale }),
              )}`
        }
        <span class="grow"></span>${ready ? legend(curves, source.plan) : nothing}
      </div>
      ${source === undefined ? this.failed(this.problem) : ready ? this.main(source, curves) : this.waiting(curves)}`;
  }

  private main(source: ShapesSource, result: ProfileCurvesResult): TemplateResult {
    const { shown, box } = this;
    const curve = result.curves[shown?.at ?? -1];
    if (shown === undefined || curve === undefined) return this.failed(undefined);
    const { shape } = shown;
    const primary = result.primary === "cpu" ? "cpu" : "gpu";
    const standard = source.plan.settings.standardLengths ?? [];
    return html`<main class="plan-main">
      <div class="shape-list" role="listbox" aria-label="Matmul shapes">
        ${source.shapes.map((one, at) => this.item(one, result.curves[at], at === shown.at))}
      </div>
      <div class="shape-body">
        <p class="shape-title">
          <b class="strong">${shape.ops.join(", ")}</b>
          <span class="muted"
            >[M, ${thousands(shape.k)}, ${thousands(shape.n)}] ${shape.type} ·
            ${this.state.time === "token" ? "ms per token" : "time in ms"} over tokens M</span
          >
        </p>
        <div class="shape-chart"></div>
        ${box === undefined ? nothing : ribbon({ curve, n: shape.n, tokens: source.tokens, primary, standard, box })}
      </div>
      <aside class="plan-aside" aria-label="At the cursor">${this.aside(source, curve, primary)}</aside>
    </main>`;
  }

  private item(shape: Shape, curve: ProfileCurve | undefined, selected: boolean): TemplateResult {
    const choose = (): void => this.change({ op: shape.ops[0] });
    return html`<div
      class="shape-item"
      role="option"
      tabindex=${selected ? 0 : -1}
      aria-selected=${selected}
      @click=${choose}
      @keydown=${(event: KeyboardEvent) => this.pressItem(event)}
    >
      <span
        >${shape.ops.join(", ")}<br /><span class="muted small"
          >${thousands(shape.n)} × ${thousands(shape.k)} ${shape.type}</span
        ></span
      >
      ${curve === undefined ? nothing : sparkline(curve)}
    </div>`;
  }

  private pressItem(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const shapes = this.source?.shapes ?? [];
    const next = shapes[(this.shown?.at ?? 0) + step];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.change({ op: next.ops[0] });
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.shape-item[aria-selected="true"]')?.focus());
  }

  private aside({ plan, tokens }: ShapesSource, curve: ProfileCurve, primary: "gpu" | "cpu"): TemplateResult {
    const { shown, detail } = this;
    const count = tokens[shown?.index ?? 0] ?? 1;
    const placement = curve.placements[shown?.index ?? 0];
    if (shown === undefined || placement === undefined) return html``;
    const { shape, index } = shown;
    const { chosen } = placement;
    const full = detail?.shape === shape && detail.tokens === count ? detail : undefined;
    const matmul = { n: shape.n, tokens: count, primary } as const;
    const rate = (2 * count * shape.n * shape.k) / chosen.totalUs / 1e6;
    const step = curve.npuUs === null ? undefined : stepAround(curve.npuUs, index);
    return html`<section>
        <h1>${tokenCount(count)}</h1>
        <div class="card-choice">
          ${candidateGlyph(chosen, matmul, { width: 44, height: 24 })}
          <span
            ><b class="strong">${chosen.strategy}</b> ${splitText(chosen, shape.n, count)}<br /><span class="muted"
              >${msText(chosen.totalUs)}${narrowSpace}ms · ${fixed(rate, 2)}${narrowSpace}TFLOP/s</span
            ></span
          >
        </div>
      </section>
      <section>
        <h2>Candidates</h2>
        <tandem-candidates .placement=${full?.placement ?? placement} .matmul=${matmul}></tandem-candidates>
        ${
          full !== undefined
            ? nothing
            : html`<p class="muted small" role="status">${this.detailProblem?.message ?? "Asking for the others…"}</p>`
        }
      </section>
      ${
        full === undefined
          ? nothing
          : html`<section>
              <h2>In words</h2>
              <p>${placementWords({ op: shape, placement: full.placement, tokens: count, plan })}</p>
              <p class="muted small">By itself, with both joins: in the chain of a layer some are saved.</p>
            </section>`
      }
      ${
        full?.worth === undefined
          ? nothing
          : html`<section>
              <h2>Worth trying</h2>
              <p>
                A standard length of ${thousands(full.worth.length)} would bring this op to
                ${msText(full.worth.us)}${narrowSpace}ms at ${tokenCount(count)}, for one more NPU graph of each op.
              </p>
            </section>`
      }
      ${
        step === undefined || step.last === step.first
          ? nothing
          : html`<p class="muted">
              The NPU alone takes as long for ${thousands(tokens[step.first] ?? 0)} as for
              ${tokenCount(tokens[step.last] ?? 0)}.
            </p>`
      }`;
  }

  private draw(chart: Chart, source: ShapesSource, result: ProfileCurvesResult, at: number, cursor: number): void {
    const curve = result.curves[at];
    if (curve === undefined) return;
    const { tokens, plan } = source;
    const { time, scale } = this.state;
    const perToken = time === "token";
    const scaled = (us: readonly (number | null)[]): (number | null)[] =>
      us.map((value, index) => (value === null ? null : value / 1000 / (perToken ? (tokens[index] ?? 1) : 1)));
    const line = result.origin === "modeled" ? "modeled" : "solid";
    const primary = result.primary === "cpu" ? "cpu" : "gpu";
    const curves: ChartCurve[] = [
      {
        label: primary.toUpperCase(),
        color: `tandem-${primary}`,
        values: scaled(curve.primaryUs),
        line,
        measured: curve.primaryMeasured,
      },
    ];
    if (curve.npuUs !== null) {
      const padded = paddedTimes(tokens, curve.npuUs, plan.settings);
      curves.push(
        { label: "NPU", color: "tandem-npu", values: scaled(curve.npuUs), line, measured: curve.npuMeasured },
        { label: "NPU, padded", color: "tandem-npu", values: scaled(padded), line: "faint", width: 1, endLabel: "" },
      );
    }
    curves.push({
      label: "Chosen",
      color: "text",
      values: scaled(curve.placements.map(({ chosen }) => chosen.totalUs)),
      line,
      width: 2.75,
    });
    const longest = tokens.at(-1) ?? 1;
    const step = longest > 512 ? 128 : 64;
    const ticks = [1, ...Array.from({ length: Math.floor(longest / step) }, (_, i) => (i + 1) * step)];
    // Where one processor is far slower, the others would be flat: it leaves the chart at the top.
    const most = (values: readonly (number | null)[]): number =>
      values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
    const others = Math.max(...curves.slice(1).map(({ values }) => most(values)), 0);
    const own = most(curves[0]?.values ?? []);
    chart.show(
      {
        label: `Time of ${source.shapes[at]?.ops.join(", ") ?? ""} over tokens on ${primary.toUpperCase()}, NPU and as chosen`,
        x: tokens,
        curves,
        xTicks: ticks,
        xText: thousands,
        yText: (ms) => String(Number(ms.toPrecision(3))),
        logarithmic: scale === "log",
        most: scale === "log" || perToken ? Math.max(own, others) : others > 0 ? Math.min(own, others * 1.5) : own,
      },
      cursor,
    );
  }

  private spoken(index: number): string {
    const { shown, curves, source } = this;
    if (shown === undefined || source === undefined || typeof curves === "string" || "code" in curves) return "";
    const curve = curves.curves[shown.at];
    const chosen = curve?.placements[index]?.chosen;
    const ms = (us: number | undefined): string => (us === undefined ? "" : `${msText(us)} milliseconds`);
    return [
      tokenCount(source.tokens[index] ?? 0),
      `${curves.primary.toUpperCase()} ${ms(curve?.primaryUs[index])}`,
      ...(curve === undefined || curve.npuUs === null ? [] : [`NPU ${ms(curve.npuUs[index])}`]),
      `chosen ${chosen?.strategy ?? ""} ${ms(chosen?.totalUs)}`,
      curves.origin,
    ].join(", ");
  }

  private change(part: Partial<ShapesState>): void {
    this.dispatchEvent(new CustomEvent<Partial<ShapesState>>("shapes-state", { detail: part }));
  }

  private waiting(curves: CurvesState): TemplateResult {
    if (typeof curves !== "string" && "code" in curves) return this.failed(curves);
    return html`<div class="state centred" role="status">
      ${progressRing("Computing the curves")}
      <p class="muted">The agent computes the curves from the costs in this trace.</p>
    </div>`;
  }

  private failed(problem: Failure | undefined): TemplateResult {
    const retry =
      this.source === undefined
        ? undefined
        : button({ label: "Try again", onClick: () => this.dispatchEvent(new CustomEvent("shapes-retry")) });
    return html`<div class="state" role="alert">
      <h1>No curves to show</h1>
      <p>${problem?.message ?? "The plan of this trace has no matmuls in its layers."}</p>
      ${retry === undefined ? nothing : html`<div class="actions">${retry}</div>`}
      ${problem === undefined ? nothing : html`<p class="muted mono">${problem.code}</p>`}
    </div>`;
  }
}

function legend(result: ProfileCurvesResult, plan: Plan): TemplateResult {
  const modeled = result.origin === "modeled";
  const line = (color: string, width: number, dash: string): TemplateResult =>
    html`<svg width="20" height="8" aria-hidden="true">
      ${svg`<line x2="20" y1="4" y2="4" stroke=${color} stroke-width=${width} stroke-dasharray=${dash}></line>`}
    </svg>`;
  const dash = modeled ? "6 4" : "none";
  const primary = plan.primary;
  return html`<span class="legend">
    <span>${line(`var(--tandem-${primary})`, 1.75, dash)} ${primary.toUpperCase()}</span>
    <span>${line("var(--tandem-npu)", 1.75, dash)} NPU, exact</span>
    <span>${line("var(--tandem-npu)", 1, "2 3")} NPU, padded</span>
    <span>${line("var(--text)", 2.75, dash)} chosen</span>
    ${
      modeled
        ? html`<span>modeled throughout</span>`
        : html`<span
              ><svg width="8" height="8" aria-hidden="true">
                <circle cx="4" cy="4" r="3" fill="var(--text)"></circle>
              </svg>
              measured</span
            ><span>lines between: predicted</span>`
    }
  </span>`;
}

const sparkWidth = 70;
const sparkHeight = 26;

function sparkline(curve: ProfileCurve): TemplateResult {
  const most = curve.primaryUs.reduce((max, value) => Math.max(max, value), 0);
  const points = (us: readonly number[]): string =>
    us
      .flatMap((value, i) =>
        i % 14 === 0 || i === us.length - 1
          ? [
              `${((i / (us.length - 1)) * sparkWidth).toFixed(1)},${(sparkHeight - (Math.min(value, most) / most) * (sparkHeight - 3) - 1).toFixed(1)}`,
            ]
          : [],
      )
      .join(" ");
  const line = (us: readonly number[], color: string): TemplateResult =>
    svg`<polyline points=${points(us)} fill="none" stroke="var(--tandem-${color})" stroke-width="1.5"></polyline>`;
  return html`<svg width=${sparkWidth} height=${sparkHeight} aria-hidden="true">
    ${line(curve.primaryUs, "gpu")}${curve.npuUs === null ? nothing : line(curve.npuUs, "npu")}
  </svg>`;
}

customElements.define("tandem-shapes", Shapes);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-shapes": Shapes;
  }
  interface HTMLElementEventMap {
    "shapes-state": CustomEvent<Partial<ShapesState>>;
    "shapes-retry": CustomEvent;
  }
}
