import { LitElement, type TemplateResult, html, nothing } from "lit";
import { type Matrix, type MatrixCell, type MatrixColumn, type MatrixRow, tokensOf } from "../../src/plan/matrix";
import { splitText } from "../../src/plan/placementWords";
import { fixed, signedPercent, thousands } from "../shared/format";
import type { SeenTime } from "./card";
import { candidateGlyph, msText } from "./candidates";
import { type CellPlace, cellAt, columnSums, commonTypes, moved, placeOf } from "./grid";
import type { PlanShow } from "./partitionState";

export interface MatrixContent {
  readonly matrix: Matrix;
  /** The same with all layers, for the sums. */
  readonly unfolded: Matrix;
  /** Of the step. */
  readonly tokens: number;
  readonly primary: "gpu" | "cpu";
  readonly show: PlanShow;
  /** What the run's slices say, by the op's name. */
  readonly seen: ReadonlyMap<string, SeenTime>;
  readonly seenIs: "measured" | "simulated";
  /** Names of ops that another plan places otherwise. */
  readonly different: ReadonlySet<string>;
}

/** What a cell asks for: `plan-focus`, `plan-slices`, `plan-override`, `plan-curve` carry the cell as `detail`. */
export type CellEvent = CustomEvent<MatrixCell>;

/**
 * `<tandem-plan-matrix>`: layers by ops. A grid of which one cell has the focus; arrows move it. Hovering and focusing
 * fire `plan-hover` with the cell and its box, or with nothing when it ends.
 */
export class PlanMatrix extends LitElement {
  static override properties = { content: { attribute: false }, focusedOp: { attribute: false } };
  declare content: MatrixContent | undefined;
  /** Name of the op whose cell can be reached by Tab. */
  declare focusedOp: string | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** The cell of an op gets the focus. */
  focusOp(name: string): void {
    this.querySelector<HTMLElement>(`[data-op="${CSS.escape(name)}"]`)?.focus();
  }

  protected override render(): TemplateResult {
    const { content } = this;
    if (content === undefined) return html``;
    const { matrix } = content;
    const types = commonTypes(matrix);
    const at = placeOf(matrix, this.focusedOp);
    const tracks = matrix.columns.map((column) =>
      column.kind === "others" ? "minmax(40px, 52px)" : large(column) ? "minmax(140px, 1.35fr)" : "minmax(104px, 1fr)",
    );
    return html`<div
      class="plan-grid"
      role="grid"
      aria-label="Layers by ops"
      aria-rowcount=${matrix.rows.length + 1 + matrix.outside.length}
      aria-colcount=${matrix.columns.length + 1}
      style="grid-template-columns: minmax(44px, auto) ${tracks.join(" ")}"
      @keydown=${(event: KeyboardEvent) => this.press(event)}
      @mouseover=${(event: MouseEvent) => this.hover(event.target, "pointer")}
      @mouseleave=${() => this.end()}
      @focusin=${(event: FocusEvent) => this.focused(event.target)}
      @focusout=${() => this.end()}
      @click=${(event: MouseEvent) => this.openCell(event.target)}
    >
      <div role="row" class="plan-row">
        <div role="columnheader" class="plan-head layer muted">Layer</div>
        ${matrix.columns.map(head)}
      </div>
      ${matrix.rows.map((row, index) => this.row(content, row, index, at, types))}
      ${matrix.outside.map((cell) => this.outsideRow(content, cell))}
      <div role="row" class="plan-row sums">
        <div role="rowheader" class="layer muted">ms</div>
        ${columnSums({ ...content, matrix: content.unfolded }).map((sum) => html`<div role="gridcell" class="strong">${sum === undefined ? "" : fixed(sum / 1000, sum >= 1e5 ? 1 : 2)}</div>`)}
      </div>
    </div>`;
  }

  private row(
    content: MatrixContent,
    row: MatrixRow,
    index: number,
    at: CellPlace,
    types: readonly (string | null)[],
  ): TemplateResult {
    return html`<div role="row" class="plan-row">
      <div role="rowheader" class="layer muted">${row.label}</div>
      ${row.cells.map((cells, column) => {
        const cell = cells[0];
        if (content.matrix.columns[column]?.kind !== "matmul") return others(cells, content);
        if (cell === undefined) return html`<div role="gridcell" class="muted">–</div>`;
        return this.cell(content, cell, row.label, at.row === index && at.column === column, types[column] ?? null);
      })}
    </div>`;
  }

  private outsideRow(content: MatrixContent, cell: MatrixCell): TemplateResult {
    return html`<div role="row" class="plan-row">
      <div role="rowheader" class="layer muted" title="After the last layer, of the last token only">out</div>
      <div class="outside">
        ${this.cell(content, cell, "out", this.focusedOp === cell.op.name, cell.op.type)}
        <span class="muted small">${cell.op.name} ${thousands(cell.op.n)} × ${thousands(cell.op.k)}</span>
      </div>
    </div>`;
  }

  private cell(
    content: MatrixContent,
    cell: MatrixCell,
    layer: string,
    current: boolean,
    usualType: string | null,
  ): TemplateResult {
    const { op, placement } = cell;
    const { primary, different } = content;
    const tokens = tokensOf(cell, content.tokens);
    const wide = op.n * op.k > largeWeight;
    const differs = different.has(op.name);
    const text = cellText(content, cell);
    const spoken = [
      `layer ${layer}, ${op.name}`,
      `${placement.chosen.strategy} ${splitText(placement.chosen, op.n, tokens)}`,
      text.spoken,
      differs ? "differs from the other plan" : "",
    ];
    return html`<div
      role="gridcell"
      class="plan-cell ${differs ? "differs" : ""}"
      tabindex=${current ? 0 : -1}
      data-op=${op.name}
      data-index=${cell.index}
      aria-label=${spoken.filter((part) => part !== "").join(", ")}
    >
      ${candidateGlyph(placement.chosen, { n: op.n, tokens, primary }, { width: wide ? 66 : 44, height: 14 })}
      <span class="time ${text.tone}">${text.text}</span>
      ${
        cell.lastOnly && content.tokens > 1 && op.layer !== null
          ? html`<span class="mark muted small" title="Behind this layer's attention only the last token is needed"
              >1 tok</span
            >`
          : nothing
      }
      ${op.type === usualType ? nothing : html`<span class="mark small">${op.type}</span>`}
      ${placement.cause === "override" ? html`<span class="mark codicon codicon-pinned" title="Set by an override"></span>` : nothing}
    </div>`;
  }

  private press(event: KeyboardEvent): void {
    const { content } = this;
    if (content === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const cell = this.cellOf(event.target);
    if (cell === undefined) return;
    const next = moved(content.matrix, placeOf(content.matrix, cell.op.name), event.key);
    if (next !== undefined) {
      const there = cellAt(content.matrix, next);
      if (there !== undefined) this.moveTo(there);
    } else if (event.key === "Enter") this.tell("plan-slices", cell);
    else if (event.key.toLowerCase() === "o") this.tell("plan-override", cell);
    else if (event.key.toLowerCase() === "e") this.tell("plan-curve", cell);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private moveTo(cell: MatrixCell): void {
    this.focusedOp = cell.op.name;
    this.tell("plan-focus", cell);
    void this.updateComplete.then(() => this.focusOp(cell.op.name));
  }

  private openCell(target: EventTarget | null): void {
    const cell = this.cellOf(target);
    if (cell !== undefined) this.tell("plan-slices", cell);
  }

  private focused(target: EventTarget | null): void {
    const cell = this.cellOf(target);
    if (cell === undefined) return;
    if (this.focusedOp !== cell.op.name) this.tell("plan-focus", cell);
    this.hover(target, "focus");
  }

  private hover(target: EventTarget | null, by: "pointer" | "focus"): void {
    const cell = this.cellOf(target);
    const box = target instanceof Element ? target.closest(".plan-cell")?.getBoundingClientRect() : undefined;
    if (cell === undefined || box === undefined) this.end();
    else this.dispatchEvent(new CustomEvent<HoverDetail>("plan-hover", { detail: { cell, box, by } }));
  }

  private end(): void {
    this.dispatchEvent(new CustomEvent<HoverDetail | null>("plan-hover", { detail: null }));
  }

  private tell(name: "plan-focus" | "plan-slices" | "plan-override" | "plan-curve", cell: MatrixCell): void {
    this.dispatchEvent(new CustomEvent<MatrixCell>(name, { detail: cell }));
  }

  private cellOf(target: EventTarget | null): MatrixCell | undefined {
    const element = target instanceof Element ? target.closest<HTMLElement>(".plan-cell") : null;
    const index = Number(element?.dataset.index ?? -1);
    const { matrix } = this.content ?? {};
    return (
      matrix?.rows.flatMap(({ cells }) => cells.flat()).find((cell) => cell.index === index) ??
      matrix?.outside.find((cell) => cell.index === index)
    );
  }
}

export interface HoverDetail {
  readonly cell: MatrixCell;
  readonly box: DOMRect;
  readonly by: "pointer" | "focus";
}

/** Weights of more elements are drawn wider, since they are what takes the time. */
const largeWeight = 3e7;
const large = ({ n, k }: MatrixColumn): boolean => n * k > largeWeight;

function head(column: MatrixColumn): TemplateResult {
  if (column.kind === "others")
    return html`<div role="columnheader" class="plan-head others muted">${column.name}</div>`;
  return html`<div role="columnheader" class="plan-head" title=${column.name}>
    <b class="strong">${column.name.replace(/^(?:attn|ffn)_/, "").replaceAll("_", " + ")}</b
    ><span class="muted">${thousands(column.n)} × ${thousands(column.k)}</span>
  </div>`;
}

function others(cells: readonly MatrixCell[], { primary }: MatrixContent): TemplateResult {
  const names = cells.map(({ op }) => op.name.slice(op.name.lastIndexOf(".") + 1)).join(", ");
  return html`<div role="gridcell" class="others" title=${names} aria-label="${names}: ${primary.toUpperCase()}">
    <i style="background: var(--tandem-${primary})"></i>
  </div>`;
}

interface CellText {
  readonly text: string;
  readonly spoken: string;
  readonly tone: "muted" | "bad" | "good";
}

/** Differences below this are noise, and stay muted. */
const noise = 0.1;

function cellText({ show, seen, seenIs, tokens }: MatrixContent, { op, placement }: MatrixCell): CellText {
  const { totalUs, primaryUs, npuUs } = placement.chosen;
  const ms = (us: number): string => (tokens === 1 ? fixed(us / 1000, 3) : fixed(us / 1000, 2));
  if (show === "predicted")
    return { text: ms(totalUs), spoken: `predicted ${msText(totalUs)} milliseconds`, tone: "muted" };
  const time = seen.get(op.name);
  if (time === undefined) return { text: "–", spoken: `not ${seenIs}`, tone: "muted" };
  if (show === "measured")
    return {
      text: ms(time.meanNs / 1000),
      spoken: `${seenIs} ${msText(time.meanNs / 1000)} milliseconds`,
      tone: "muted",
    };
  const part = time.meanNs / 1000 / Math.max(primaryUs, npuUs) - 1;
  return {
    text: signedPercent(part),
    spoken: `${signedPercent(part)} against predicted`,
    tone: Math.abs(part) < noise ? "muted" : part > 0 ? "bad" : "good",
  };
}

customElements.define("tandem-plan-matrix", PlanMatrix);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-plan-matrix": PlanMatrix;
  }
  interface HTMLElementEventMap {
    "plan-focus": CellEvent;
    "plan-slices": CellEvent;
    "plan-override": CellEvent;
    "plan-curve": CellEvent;
    "plan-hover": CustomEvent<HoverDetail | null>;
  }
}
