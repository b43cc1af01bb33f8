import { type Disposable, DisposableStore } from "../../src/base/disposable";
import { FrameScheduler } from "../shared/scheduler";
import { element } from "../shared/dom";
import type { Actions } from "../timeline/actions";
import { initialState } from "../timeline/initialState";
import { listenToKeys } from "../timeline/keyboard";
import { TimelineModel } from "../timeline/model";
import { listenToPointer } from "../timeline/pointer";
import { Store, type TimeRange, type ViewState } from "../timeline/state";
import { Surface } from "../timeline/surface";
import { type TimeSpan, fitted, revealing } from "../timeline/viewport";
import type { Run } from "./model";

export interface PaneEvents {
  /** The view moved by hand. */
  moved(span: TimeSpan): void;
  folded(tracks: readonly string[]): void;
  selected(slice: number | undefined): void;
}

/** The tracks of one run: the timeline's own surface without its panels. */
export class Pane implements Actions, Disposable {
  readonly root: HTMLElement;
  readonly state: Store;
  private readonly owned = new DisposableStore();
  private readonly surface: Surface;
  private readonly scheduler: FrameScheduler;
  private following = false;
  /** The plan is what the whole timeline shows. */
  readonly hasPlan = false;

  /** @param keyboard whether keys of the page move this pane; the other one follows */
  constructor(
    readonly run: Run,
    name: string,
    keyboard: boolean,
    private readonly events: PaneEvents,
  ) {
    const { trace, fileName } = run;
    this.state = new Store({ ...initialState(trace), selection: undefined });
    this.scheduler = this.owned.add(
      new FrameScheduler({ canvas: () => this.surface.draw(), dom: () => this.surface.draw() }),
    );
    const preferCanvas = document.body.dataset.renderer === "canvas";
    const resized = (): void => this.scheduler.canvas();
    this.surface = this.owned.add(new Surface(new TimelineModel(trace, fileName), this.state, resized, preferCanvas));
    this.root = element(
      "section",
      { className: "pane", attrs: { "aria-label": `Run ${name}` } },
      element("div", { className: "pane-name strong" }, name),
      this.surface.root,
    );
    this.owned.add(listenToPointer(this.surface, trace, this));
    if (keyboard) this.owned.add(listenToKeys(this.surface, trace, this));
    this.owned.add(
      this.state.onChange((changed) => {
        this.scheduler.canvas();
        if (this.following) return;
        if (changed.includes("start") || changed.includes("end")) events.moved(this.state.state);
        if (changed.includes("folded")) events.folded(this.state.state.folded);
      }),
    );
    this.scheduler.canvas();
  }

  /** Shows a stretch, or folds tracks, because the other pane does. */
  follow(part: Partial<Pick<ViewState, "start" | "end" | "folded">>): void {
    this.following = true;
    this.state.update(part);
    this.following = false;
  }

  /** Selects a slice because the other pane's half of it is. */
  mark(selection: number | undefined): void {
    this.state.update({ selection });
  }

  dispose(): void {
    this.owned.dispose();
    this.root.remove();
  }

  show(span: TimeSpan): void {
    this.state.update({ start: span.start, end: span.end });
  }

  fit(from: number, to: number): void {
    this.show(fitted(from, to, this.run.trace.durationNs));
  }

  select(slice: number | undefined, reveal: boolean): void {
    this.state.update({ selection: slice });
    const { slices, durationNs } = this.run.trace;
    if (slice !== undefined && reveal) {
      const start = slices.start[slice] as number;
      this.show(revealing(this.state.state, start, start + (slices.duration[slice] as number), durationNs));
    }
    this.events.selected(slice);
  }

  setRange(range: TimeRange | undefined): void {
    this.state.update({ range });
  }

  clear(): void {
    if (this.state.state.range !== undefined) this.setRange(undefined);
    else this.select(undefined, false);
  }

  scrollTracks(pixels: number): void {
    this.state.update({ scroll: Math.min(Math.max(0, this.state.state.scroll + pixels), this.surface.scrollRange) });
  }

  hover(slice: number | undefined): void {
    this.surface.hoveredSlice = slice;
    this.scheduler.canvas();
  }

  // The table has what these would show.
  focusSearch(): void {}
  nextMatch(): void {}
  copySelection(): void {}
  tune(): void {}
  showKeys(): void {}
  moveFocus(): void {}
}
