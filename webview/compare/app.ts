import { html, nothing, render } from "lit";
import { type Disposable, DisposableStore, toDisposable } from "../../src/base/disposable";
import type { Failure } from "../../src/base/result";
import { compareMarkdown } from "../../src/trace/compare/report";
import type { PassComparison } from "../../src/trace/compare/compare";
import { onThemeChange } from "../shared/theme";
import { head } from "./head";
import type { CompareModel } from "./model";
import { type TableRow, nextSignificant, tableRows } from "./rows";
import { side } from "./side";
import { type CompareState, restored } from "./state";
import { table } from "./table";
import { Timelines } from "./timelines";
import { tools } from "./tools";

export interface CompareHostActions {
  save(state: CompareState): void;
  swapped(): void;
  open(run: "a" | "b"): void;
  copy(text: string): void;
}

/** Columns beside the bar: label, A, B, parts, B − A, plan, gaps and edges. */
const besides = {
  layer: 28 + 64 + 64 + 150 + 64 + 6 * 10 + 32,
  op: 190 + 64 + 64 + 150 + 64 + 120 + 6 * 10 + 32,
} as const;
const leastBar = 60;

/** Two runs on one page: the sentence, the figures, and below them the table or both timelines. */
export class CompareApp implements Disposable {
  private readonly owned = new DisposableStore();
  private state: CompareState;
  private timelines: Timelines | undefined;

  constructor(
    private readonly root: HTMLElement,
    private model: CompareModel,
    saved: unknown,
    private readonly actions: CompareHostActions,
  ) {
    this.state = restored(saved);
    const press = (event: KeyboardEvent): void => this.press(event);
    document.addEventListener("keydown", press);
    this.owned.add(toDisposable(() => document.removeEventListener("keydown", press)));
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(root);
    this.owned.add(toDisposable(() => observer.disconnect()));
    this.owned.add(onThemeChange(() => this.draw()));
    this.draw();
  }

  dispose(): void {
    this.timelines?.dispose();
    this.owned.dispose();
    render(nothing, this.root);
  }

  private get pass(): PassComparison | undefined {
    return this.model.pass(this.state.pass);
  }

  private rows(pass: PassComparison): readonly TableRow[] {
    return tableRows(this.model, pass, this.state);
  }

  private set(change: Partial<CompareState>): void {
    const before = this.state;
    this.state = { ...before, ...change };
    this.actions.save(this.state);
    if (this.state.view !== "timelines" || this.state.pass !== before.pass) this.endTimelines();
    this.draw();
    if (change.selected !== undefined) this.focusSelected();
  }

  private draw(): void {
    const { pass, state } = this;
    render(
      html`<div class="compare">
        ${head(this.model, pass, { swap: () => this.swap(), copy: () => this.copy() })}
        ${pass === undefined ? nothing : this.body(pass, state)}
      </div>`,
      this.root,
    );
    if (pass !== undefined && state.view === "timelines") this.showTimelines(pass);
  }

  private body(pass: PassComparison, state: CompareState): unknown {
    const rows = this.rows(pass);
    const selected = rows.find(({ label }) => label === state.selected);
    const content = this.root.querySelector<HTMLElement>(".content");
    const wide = content?.clientWidth ?? Math.max(0, this.root.clientWidth - 390);
    return html`${tools(
        this.model.comparison.passes.map((one) => one.pass),
        { ...state, pass: pass.pass },
        (change) => this.set(change),
      )}
      <main>
        <div class="content">
          ${
            state.view === "timelines"
              ? html`<div class="timelines-place"></div>`
              : rows.length === 0
                ? html`<p class="muted empty">${emptyText(this.model, pass, state)}</p>`
                : table({
                    rows,
                    selected: state.selected ?? rows[0]?.label,
                    barWidth: Math.max(leastBar, wide - besides[state.align]),
                    align: state.align,
                    modeledB: this.model.modeled.b,
                    judged: this.model.likeWithLike,
                    select: (label) => this.set({ selected: label }),
                    open: (label) => this.open(label),
                  })
          }
        </div>
        ${side(this.model, pass, selected, {
          timelines: () => this.open(state.selected),
          open: (run) => this.actions.open(run),
        })}
      </main>`;
  }

  private showTimelines(pass: PassComparison): void {
    const place = this.root.querySelector(".timelines-place");
    if (this.timelines === undefined) {
      this.timelines = new Timelines(this.model, pass);
      place?.append(this.timelines.root);
      const layer = this.model.layers(pass).find(({ label }) => label === this.state.selected);
      if (layer !== undefined) this.timelines.showLayer(layer.sliceA, layer.sliceB);
    } else if (this.timelines.root.parentElement !== place) place?.append(this.timelines.root);
  }

  private endTimelines(): void {
    this.timelines?.dispose();
    this.timelines = undefined;
  }

  private open(label: string | undefined): void {
    this.endTimelines();
    this.set({ view: "timelines", ...(label === undefined ? {} : { selected: label }) });
  }

  private swap(): void {
    this.endTimelines();
    this.model = this.model.swapped();
    this.actions.swapped();
    this.draw();
  }

  private copy(): void {
    const { a, b, comparison } = this.model;
    this.actions.copy(compareMarkdown({ a: a.fileName, b: b.fileName }, comparison));
  }

  private press(event: KeyboardEvent): void {
    const { pass, state } = this;
    if (pass === undefined || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (state.view === "timelines") {
      if (event.key === "Escape") this.set({ view: "table" });
      return;
    }
    const rows = this.rows(pass);
    const at = Math.max(
      0,
      rows.findIndex(({ label }) => label === state.selected),
    );
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (event.key === "n" || event.key === "N") {
      const next = nextSignificant(rows, state.selected);
      if (next !== undefined) this.set({ selected: next.label });
    } else if (event.key === "s" || event.key === "S") this.swap();
    else if (event.key === "Enter" && onRow(event)) this.open(rows[at]?.label);
    else if (step !== undefined && rows.length > 0) {
      const to = state.selected === undefined ? at : Math.min(rows.length - 1, Math.max(0, at + step));
      this.set({ selected: rows[to]?.label ?? "" });
    } else return;
    event.preventDefault();
  }

  private focusSelected(): void {
    const row = [...this.root.querySelectorAll<HTMLElement>(".row")].find(
      ({ dataset }) => dataset.label === this.state.selected,
    );
    row?.focus();
  }
}

/** Enter on a button or link is theirs. */
function onRow({ target }: Event): boolean {
  return target === document.body || (target instanceof HTMLElement && target.classList.contains("row"));
}

function emptyText(model: CompareModel, pass: PassComparison, { align }: CompareState): string {
  const { onlyA, onlyB } = model.comparison.byOp;
  if (align === "op" || model.ops(pass).length === 0)
    return `No op of ${pass.pass} is in both runs: ${String(onlyA)} are in A alone and ${String(onlyB)} in B alone.`;
  return "These runs hold no layers that can be laid beside each other: align by op instead.";
}

export function loadingView(root: HTMLElement): void {
  render(
    html`<div class="state centred">
      <vscode-progress-ring aria-label="Reading the traces"></vscode-progress-ring>
      <p class="muted">Reading both traces</p>
    </div>`,
    root,
  );
}

/** A file that cannot be compared: what is true and what to do; the code stands below. */
export function failureView(root: HTMLElement, failure: Failure, retry: () => void): void {
  render(
    html`<div class="state" role="alert">
      <h1>These runs cannot be compared</h1>
      <p>${failure.message}</p>
      <div class="actions"><vscode-button @click=${retry}>Try again</vscode-button></div>
      <p class="muted mono">${failure.code}</p>
    </div>`,
    root,
  );
}
