import { LitElement, type PropertyValues, type TemplateResult, html, nothing } from "lit";
import type { Failure } from "../../src/base/result";
import {
  type Matrix,
  type MatrixCell,
  differences,
  lengthChoices,
  planMatrix,
  spanOf,
  tokensOf,
} from "../../src/plan/matrix";
import type { LengthPlan, Plan } from "../../src/plan/types";
import { thousands, tokenCount } from "../shared/format";
import { planAside } from "./aside";
import "./card";
import type { CardContent, SeenTime } from "./card";
import { HoverTimer } from "./hoverTimer";
import "./matrixElement";
import type { HoverDetail, MatrixContent } from "./matrixElement";
import { type PartitionState, type PlanPass, initialPartition } from "./partitionState";
import { segmentOf } from "./segment";

/** What the slices of the run say: by pass and length of the step. */
export interface SeenTimes {
  of(pass: PlanPass, first: number, last: number): ReadonlyMap<string, SeenTime>;
  /** Steps of which lengths the pass had. */
  lengths(pass: PlanPass): readonly number[];
}

export interface PartitionSource {
  readonly plan: Plan;
  /** Marks what this one places otherwise. */
  readonly other?: Plan | undefined;
  readonly promptTokens?: number | undefined;
  readonly seen: SeenTimes;
  readonly seenIs: "measured" | "simulated";
}

/**
 * `<tandem-partition>`: layers by ops, how each is placed and why. `state` is kept by the page: `plan-state` asks for a
 * change of it. Fires `plan-slices`, `plan-override` and `plan-curve` with the cell.
 */
export class Partition extends LitElement {
  static override properties = {
    source: { attribute: false },
    problem: { attribute: false },
    state: { attribute: false },
    tabs: { attribute: false },
    hovered: { state: true },
  };
  declare source: PartitionSource | undefined;
  /** In place of a source: why there is none. */
  declare problem: Failure | undefined;
  declare state: PartitionState;
  /** Stands at the left of the tools. */
  declare tabs: HTMLElement | undefined;
  declare private hovered: HoverDetail | undefined;
  private readonly timer = new HoverTimer((detail) => (this.hovered = detail));
  private readonly matrices = new Map<string, Matrix>();
  private content: MatrixContent | undefined;
  private contentKey = "";

  constructor() {
    super();
    this.state = initialPartition;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.press);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.press);
    this.timer.dispose();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("source")) return;
    this.matrices.clear();
    this.content = undefined;
  }

  /** The cell that has, or would get, the focus. */
  focusGrid(): void {
    this.querySelector<HTMLElement>('.plan-cell[tabindex="0"]')?.focus();
  }

  protected override render(): TemplateResult {
    const { source, state, tabs } = this;
    if (source === undefined)
      return html`<div class="toolbar" role="toolbar" aria-label="Partition tools">${tabs}</div>
        ${this.empty()}`;
    const { plan } = source;
    const { tokens, length, choices } = this.lengthShown(source);
    return html`<div class="toolbar" role="toolbar" aria-label="Partition tools">
        ${tabs}
        ${segmentOf(
          "Phase",
          [
            { value: "prefill", text: "Prefill" },
            { value: "decode", text: "Decode" },
          ] as const,
          state.pass,
          (pass) => this.change({ pass }),
        )}
        ${
          state.pass === "decode"
            ? nothing
            : segmentOf(
                "Tokens",
                choices.map((value) => ({ value, text: thousands(value) })),
                tokens,
                (chosen) => this.change({ tokens: chosen }),
              )
        }
        ${this.showSegment(source)}
        <span class="grow"></span>
        <label class="check"
          ><input type="checkbox" .checked=${state.fold} @change=${() => this.change({ fold: !state.fold })} /> Fold
          equal layers</label
        >
      </div>
      ${length === undefined ? this.withoutLength(tokens) : this.main(source, plan, length, tokens)}`;
  }

  private main(source: PartitionSource, plan: Plan, length: LengthPlan, tokens: number): TemplateResult {
    const { state } = this;
    const unfolded = this.matrix(plan, length, false);
    const seen = source.seen.of(state.pass, length.first, length.last);
    const different = source.other === undefined ? new Set<string>() : differences(plan, source.other, tokens);
    // Made anew only where it changed, so that a card that comes or goes draws no cell again.
    const { show, fold } = state;
    const key = JSON.stringify([state.pass, tokens, show, fold]);
    if (this.contentKey !== key || this.content === undefined) {
      const matrix = fold ? this.matrix(plan, length, true) : unfolded;
      const primary = plan.primary === "cpu" ? "cpu" : "gpu";
      this.content = { matrix, unfolded, tokens, primary, show, seen, seenIs: source.seenIs, different };
      this.contentKey = key;
    }
    return html`<main class="plan-main">
      <div class="plan-scroll">
        ${this.note(source, length, tokens, different.size)}
        <tandem-plan-matrix
          .content=${this.content}
          .focusedOp=${state.op}
          @plan-hover=${({ detail }: CustomEvent<HoverDetail | null>) => this.timer.hover(detail ?? undefined)}
          @plan-focus=${({ detail }: CustomEvent<MatrixCell>) => this.change({ op: detail.op.name })}
          @plan-slices=${(event: CustomEvent<MatrixCell>) => this.pass(event)}
          @plan-override=${(event: CustomEvent<MatrixCell>) => this.pass(event)}
          @plan-curve=${(event: CustomEvent<MatrixCell>) => this.pass(event)}
        ></tandem-plan-matrix>
        ${this.hovered === undefined ? nothing : this.card(source, length, tokens, seen, different, this.hovered)}
      </div>
      <aside class="plan-aside" aria-label="About this plan">
        ${planAside({ plan, length, matrix: unfolded, tokens })}
      </aside>
    </main>`;
  }

  private card(
    source: PartitionSource,
    length: LengthPlan,
    tokens: number,
    seen: ReadonlyMap<string, SeenTime>,
    different: ReadonlySet<string>,
    { cell, box }: HoverDetail,
  ): TemplateResult {
    const { plan, other } = source;
    const { op, placement } = cell;
    const own = tokensOf(cell, tokens);
    const there = other === undefined || !different.has(op.name) ? undefined : placementIn(other, op.name, tokens);
    const content: CardContent = {
      op,
      placement,
      tokens: own,
      predictedAt: tokensOf(cell, length.length),
      plan,
      seen: seen.get(op.name),
      seenIs: source.seenIs,
      other: there,
      keys: true,
    };
    return html`<div
      class="plan-card"
      role="tooltip"
      style=${cardPlace(box)}
      @mouseenter=${() => this.timer.keep()}
      @mouseleave=${() => this.timer.hover(undefined)}
    >
      <tandem-plan-card .content=${content}></tandem-plan-card>
    </div>`;
  }

  /** What a reader has to know before the numbers. */
  private note(
    source: PartitionSource,
    { first, last }: LengthPlan,
    tokens: number,
    different: number,
  ): TemplateResult | typeof nothing {
    const { show, pass } = this.state;
    const lines: string[] = [];
    const steps = show === "predicted" ? [] : source.seen.lengths(pass);
    if (show !== "predicted" && !steps.some((length) => length >= first && length <= last)) {
      const had = steps.map(thousands).join(", ");
      lines.push(
        `This run had no ${pass} step of ${tokenCount(tokens)}${had === "" ? "" : `; it had steps of ${had}`}.`,
      );
    }
    if (source.other !== undefined) {
      lines.push(
        different === 0
          ? "Both plans place every matmul alike at this length."
          : `${thousands(different)} matmuls differ from the other plan; they have a mark.`,
      );
    }
    return lines.length === 0 ? nothing : html`<p class="plan-note muted small" role="status">${lines.join(" ")}</p>`;
  }

  private showSegment({ seenIs }: PartitionSource): TemplateResult {
    const seenName = seenIs === "measured" ? "Measured" : "Simulated";
    return segmentOf(
      "Show",
      [
        { value: "predicted", text: "Predicted" },
        { value: "measured", text: seenName },
        { value: "difference", text: "Difference" },
      ] as const,
      this.state.show,
      (show) => this.change({ show }),
    );
  }

  private lengthShown({ plan, promptTokens }: PartitionSource): {
    readonly tokens: number;
    readonly length: LengthPlan | undefined;
    readonly choices: readonly number[];
  } {
    const { pass, tokens: wanted } = this.state;
    const choices = lengthChoices(plan, promptTokens);
    if (pass === "decode") return { tokens: 1, length: spanOf(plan, 1), choices };
    const prompt = promptTokens === undefined ? undefined : Math.min(promptTokens, plan.lengths.at(-1)?.last ?? 1);
    const fits = (tokens: number | undefined): tokens is number => tokens !== undefined && choices.includes(tokens);
    const tokens = fits(wanted) ? wanted : fits(prompt) ? prompt : (choices.at(-1) ?? 1);
    return { tokens, length: spanOf(plan, tokens), choices };
  }

  private matrix(plan: Plan, length: LengthPlan, fold: boolean): Matrix {
    const key = `${length.first} ${String(fold)}`;
    const known = this.matrices.get(key) ?? planMatrix(plan, length, fold);
    this.matrices.set(key, known);
    return known;
  }

  private readonly press = (event: KeyboardEvent): void => {
    const { source, state } = this;
    if (source === undefined || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const button = event.target instanceof HTMLElement && event.target.matches("button, input");
    if (event.key === "Escape") this.timer.end();
    else if (event.key === " " && !button) this.change({ fold: !state.fold });
    else if (event.key === "[" || event.key === "]") this.step(source, event.key === "[" ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private step(source: PartitionSource, by: 1 | -1): void {
    const { tokens, choices } = this.lengthShown(source);
    const at = choices.indexOf(tokens) + by;
    const next = choices[Math.min(Math.max(0, at), choices.length - 1)];
    if (this.state.pass === "prefill" && next !== undefined) this.change({ tokens: next });
  }

  private change(part: Partial<PartitionState>): void {
    // A card speaks of the cells as they were.
    if (part.op === undefined) this.timer.end();
    this.dispatchEvent(new CustomEvent<Partial<PartitionState>>("plan-state", { detail: part }));
  }

  private pass(event: CustomEvent<MatrixCell>): void {
    this.timer.end();
    this.dispatchEvent(new CustomEvent<MatrixCell>(event.type, { detail: event.detail }));
  }

  private withoutLength(tokens: number): TemplateResult {
    return html`<div class="state">
      <h1>No plan for ${tokenCount(tokens)}</h1>
      <p>The plan of a run on a device holds standard lengths only: choose one of them.</p>
    </div>`;
  }

  private empty(): TemplateResult {
    const { problem } = this;
    return html`<div class="state">
      <h1>No plan to show</h1>
      <p>${problem?.message ?? "The plan is being read."}</p>
      ${problem === undefined ? nothing : html`<p class="muted mono">${problem.code}</p>`}
    </div>`;
  }
}

const cardWidth = 420;
const cardHeight = 320;

/** Below the cell, its right edges in line; above it where there is no room. */
function cardPlace(box: DOMRect): string {
  const left = Math.max(8, Math.min(box.right - cardWidth, innerWidth - cardWidth - 8));
  const below = box.bottom + 5 + cardHeight <= innerHeight || box.top < innerHeight / 2;
  return `left: ${left}px; width: ${cardWidth}px; ${below ? `top: ${box.bottom + 5}px` : `bottom: ${innerHeight - box.top + 5}px`}`;
}

function placementIn(plan: Plan, name: string, tokens: number): Plan["placements"][number] | undefined {
  const index = plan.ops.findIndex((op) => op.name === name);
  return plan.placements[spanOf(plan, tokens)?.placement[index] ?? -1];
}

customElements.define("tandem-partition", Partition);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-partition": Partition;
  }
  interface HTMLElementEventMap {
    "plan-state": CustomEvent<Partial<PartitionState>>;
  }
}
