import { type Disposable, DisposableStore, toDisposable } from "../../src/base/disposable";
import type { LayerTime } from "../../src/trace/summary";
import { endOf, startOf } from "../../src/trace/trace";
import { element } from "../shared/dom";
import type { Host } from "./host";
import type { TimelineModel } from "./model";
import { noticeElement, noticesOf } from "./notices";
import { PartitionPage, RunPlan } from "./planPages";
import { ShapesPage } from "./shapesPage";
import { type Store, type ViewState } from "./state";
import { Strip } from "./strip";
import { TimelineView } from "./timelineView";
import { fitted } from "./viewport";

/** Below these the full form has no room. Source: design, section 3. */
const leastWidth = 760;
const leastHeight = 420;

export interface AppOptions {
  readonly preferCanvas: boolean;
}

/** Shows a trace as a strip or as the full timeline, as the panel's size and the user want. */
export class App implements Disposable {
  readonly root = element("main", { className: "app" });
  private readonly owned = new DisposableStore();
  private readonly body = element("div", { className: "app-body" });
  private strip: Strip | undefined;
  private view: TimelineView | undefined;
  private plan: PartitionPage | ShapesPage | undefined;
  private readonly run: RunPlan;

  constructor(
    private readonly model: TimelineModel,
    private readonly store: Store,
    private readonly host: Host,
    private readonly options: AppOptions,
  ) {
    this.run = new RunPlan(model);
    document.body.classList.toggle("modeled", model.modeled);
    this.root.append(...noticesOf(model).map(noticeElement), this.body);
    const observer = new ResizeObserver(() => this.arrange());
    observer.observe(this.body);
    this.owned.add(toDisposable(() => observer.disconnect()));
    this.owned.add(
      store.onChange((changed) => {
        if (changed.includes("form") || changed.includes("tab")) this.arrange();
        if (changed.includes("pass")) this.strip?.update();
        host.writeState(store.state);
      }),
    );
    this.owned.add(host.onReveal((query) => this.reveal(query)));
  }

  /** For pictures and tests: what is asked for is on the screen when this returns. */
  flush(): void {
    this.arrange();
    this.view?.flush();
  }

  dispose(): void {
    this.clear();
    this.owned.dispose();
    this.root.remove();
  }

  private arrange(): void {
    const { clientWidth, clientHeight } = this.body;
    if (clientWidth === 0) return;
    const { form, tab } = this.store.state;
    if (tab !== "timeline" && this.model.own) return this.showPlan(tab);
    const small = clientWidth < leastWidth || clientHeight < leastHeight;
    const wanted = form ?? (small || this.canStrip() ? "strip" : "full");
    this.body.classList.toggle("small", small);
    if (wanted === "strip") this.showStrip();
    else this.showFull();
  }

  /** A trace without layers has nothing to show as a strip. */
  private canStrip(): boolean {
    return this.model.trace.tracks.some(({ kind, name }) => kind === "band" && name === "Layer");
  }

  /** What was shown ends; its state is in the store. */
  private clear(): void {
    this.view?.dispose();
    this.plan?.dispose();
    this.view = undefined;
    this.plan = undefined;
    this.strip = undefined;
  }

  private showStrip(): void {
    if (this.strip !== undefined) return;
    this.clear();
    this.strip = new Strip(this.model, this.store, { open: (layer) => this.open(layer) });
    this.body.replaceChildren(this.strip.root);
  }

  private showFull(): void {
    if (this.view !== undefined) return;
    this.clear();
    this.view = new TimelineView(this.model, this.store, this.host, this.options.preferCanvas);
    this.body.replaceChildren(this.view.root);
  }

  private showPlan(tab: "partition" | "shapes"): void {
    const { model, run, store, host } = this;
    const wanted = tab === "partition" ? PartitionPage : ShapesPage;
    if (this.plan instanceof wanted) return;
    this.clear();
    this.plan =
      tab === "shapes"
        ? new ShapesPage(model, run, store, host)
        : new PartitionPage(model, run, store, host, { showSlices: (query, slice) => this.showSlices(query, slice) });
    this.body.replaceChildren(this.plan.root);
  }

  /** Back in the timeline, with the op's slices found and one of them selected. */
  private showSlices(query: string, slice: number | undefined): void {
    this.store.update({ tab: "timeline", form: "full", query, range: undefined });
    if (slice === undefined) return this.view?.nextMatch(1);
    this.view?.select(slice, true);
    this.view?.surface.front.focus();
  }

  private open(layer: LayerTime | undefined): void {
    const part: { -readonly [K in keyof ViewState]?: ViewState[K] } = { form: "full" };
    if (layer !== undefined) {
      const { trace } = this.model;
      const from = startOf(trace, layer.slice);
      const to = endOf(trace, layer.slice);
      Object.assign(part, fitted(from, to, trace.durationNs));
      part.range = { from, to, label: layer.layer < 0 ? "output" : `layer ${layer.label}` };
    }
    this.store.update(part);
  }

  private reveal(query: string): void {
    this.store.update({ tab: "timeline", form: "full", query });
    this.view?.nextMatch(1);
  }
}
