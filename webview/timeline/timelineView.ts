import { type Disposable, DisposableStore } from "../../src/base/disposable";
import { workGroup } from "../../src/trace/groups";
import { endOf, rowOf, startOf } from "../../src/trace/trace";
import { strategies } from "../../src/trace/work";
import { element } from "../shared/dom";
import { durationText } from "../shared/format";
import { FrameScheduler } from "../shared/scheduler";
import type { Actions } from "./actions";
import { Announcer } from "./announcer";
import { sliceJson, sliceRow } from "./details/copy";
import { sliceDetails } from "./details/details";
import { Dock } from "./dock/dock";
import { exportMenu } from "./exportMenu";
import { fullHeader } from "./header";
import type { Host } from "./host";
import { listenToKeys } from "./keyboard";
import { showKeysDialog } from "./keysDialog";
import { tracksKeep } from "./layout";
import { legendItems } from "./legend";
import type { TimelineModel } from "./model";
import { listenToPointer } from "./pointer";
import { splitter } from "./splitter";
import { type StatePart, type Store, type TimeRange, groupings, leastSizes, standardSizes } from "./state";
import { Surface } from "./surface";
import { tabSegment } from "./tabs";
import { Toolbar } from "./toolbar";
import { Tooltip, hiddenAt } from "./tooltip";
import { type TimeSpan, between, fitted, nsPerPixel, revealing, toTime, zoomed } from "./viewport";

/** How long a jump takes; none where the user asked for less motion. */
const easeMs = 120;
/** Sums of what is seen wait until the view rests. */
const restMs = 160;

/** The full form: header, tools, tracks, sums, details, legend. */
export class TimelineView implements Actions, Disposable {
  readonly root: HTMLElement;
  readonly surface: Surface;
  readonly hasPlan: boolean;
  private readonly owned = new DisposableStore();
  private readonly scheduler: FrameScheduler;
  private readonly toolbar: Toolbar;
  private readonly tooltip = new Tooltip();
  private readonly announcer = new Announcer();
  private readonly details = element("aside", { tabIndex: -1, attrs: { "aria-label": "Details of the selection" } });
  private readonly dock: Dock;
  private readonly footer = element("footer", { className: "foot" });
  private animation: Disposable | undefined;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private searchRest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: TimelineModel,
    readonly state: Store,
    private readonly host: Host,
    preferCanvas: boolean,
  ) {
    const { trace } = model;
    this.hasPlan = model.own;
    this.scheduler = this.owned.add(
      new FrameScheduler({ canvas: () => this.surface.draw(), dom: () => this.updateDom() }),
    );
    this.surface = this.owned.add(new Surface(model, state, () => this.resized(), preferCanvas));
    this.dock = this.owned.add(new Dock(model, state, (slice) => this.select(slice, true)));
    const hasBands = trace.tracks.some(({ kind }) => kind === "band");
    const hasStrategies = trace.tracks.some(({ kind }) => kind === "gpu" || kind === "npu");
    this.toolbar = new Toolbar(
      state,
      !model.own ? [] : hasStrategies ? ["processor", "strategy", "kind", "layer"] : ["kind", "processor", "layer"],
      hasBands ? groupings.slice(0, 4) : [],
      {
        search: (query) => this.search(query),
        nextMatch: (step) => this.nextMatch(step),
        leaveSearch: () => this.leaveSearch(),
        zoom: (closer) => this.zoomAtCentre(closer),
        exportMenu: (anchor) => exportMenu(anchor, model, this.surface, host, (text) => this.announcer.say(text)),
        showStrip: () => state.update({ form: "strip" }),
        tune: this.hasPlan && host.kind === "editor" ? () => this.tune() : undefined,
      },
      model.own ? tabSegment(state) : undefined,
    );
    this.root = element(
      "div",
      { className: "full" },
      fullHeader(model),
      this.toolbar.root,
      element(
        "div",
        { className: "middle" },
        element(
          "div",
          { className: "left" },
          element(
            "div",
            { className: "wrap" },
            this.surface.root,
            this.tooltip.root,
            this.edge("gutterWidth", "Width of the names", tracksKeep),
          ),
          this.edge("dockHeight", "Height of the sums", 200),
          this.dock.root,
        ),
        this.edge("detailsWidth", "Width of the details", 400),
        this.details,
      ),
      this.footer,
      this.announcer.root,
    );
    this.owned.add(listenToPointer(this.surface, trace, this));
    this.owned.add(listenToKeys(this.surface, trace, this));
    this.owned.add(state.onChange((changed) => this.changed(changed)));
    this.surface.front.addEventListener("focus", () => this.scheduler.canvas());
    this.surface.front.addEventListener("blur", () => this.scheduler.canvas());
    this.sizeParts();
    this.fillFooter();
    this.scheduler.all();
  }

  /** Draws and fills everything now. */
  flush(): void {
    this.scheduler.flush();
  }

  dispose(): void {
    clearTimeout(this.rest);
    clearTimeout(this.searchRest);
    this.owned.dispose();
    this.root.remove();
  }

  show(span: TimeSpan, animated: boolean): void {
    this.animation?.dispose();
    if (!animated || window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.state.update({ start: span.start, end: span.end });
      return;
    }
    const { start, end } = this.state.state;
    const from = { start, end };
    let began: number | undefined;
    this.animation = this.scheduler.animate((now) => {
      began ??= now;
      const t = Math.min(1, (now - began) / easeMs);
      this.state.update(between(from, span, t));
      return t < 1;
    });
  }

  fit(from: number, to: number): void {
    this.show(fitted(from, to, this.model.trace.durationNs), true);
  }

  select(slice: number | undefined, reveal: boolean): void {
    this.state.update({ selection: slice, details: slice === undefined ? this.state.state.details : true });
    if (slice === undefined) return;
    const { trace } = this.model;
    if (reveal) {
      this.show(revealing(this.state.state, startOf(trace, slice), endOf(trace, slice), trace.durationNs), true);
      this.scrollTo(slice);
    }
    this.announcer.select(this.model, slice);
  }

  setRange(range: TimeRange | undefined): void {
    this.state.update({ range });
    if (range !== undefined) this.announcer.say(`Range ${range.label} ${durationText(range.to - range.from)}`);
  }

  clear(): void {
    if (this.state.state.range !== undefined) this.state.update({ range: undefined });
    else this.state.update({ selection: undefined });
  }

  scrollTracks(pixels: number): void {
    const scroll = Math.min(Math.max(0, this.state.state.scroll + pixels), this.surface.scrollRange);
    this.state.update({ scroll });
  }

  hover(slice: number | undefined, x: number, y: number): void {
    const { trace } = this.model;
    const hidden =
      slice === undefined ? 0 : hiddenAt(this.surface.marksOf(rowOf(trace, slice)), toTime(this.surface.viewport, x));
    this.tooltip.show(trace, slice, hidden, this.model.modeled, x, y, this.surface.size.width);
    this.scheduler.canvas();
  }

  focusSearch(): void {
    this.toolbar.focusSearch();
  }

  search(query: string): void {
    clearTimeout(this.searchRest);
    this.state.update({ query });
    // What is found is drawn at once; it is said when the typing rests.
    this.searchRest = setTimeout(() => {
      if (query === "") return;
      const { slices } = this.model.matches(query);
      this.announcer.say(slices.length === 0 ? noMatch(query) : `${slices.length} matches`);
    }, 600);
  }

  nextMatch(step: 1 | -1): void {
    const { query, selection } = this.state.state;
    const { slices } = this.model.matches(query);
    if (slices.length === 0) {
      if (query !== "") this.announcer.say(noMatch(query));
      return;
    }
    const at = selection === undefined ? -1 : slices.indexOf(selection);
    const begin = step > 0 ? 0 : slices.length - 1;
    const next = at < 0 ? this.matchNear(slices, begin) : (at + step + slices.length) % slices.length;
    this.select(slices[next], true);
  }

  copySelection(as: "json" | "row"): void {
    const { selection } = this.state.state;
    if (selection === undefined) return;
    const text = as === "json" ? sliceJson(this.model, selection) : sliceRow(this.model, selection);
    void this.host.copy(text).then((result) => this.announcer.say(result.ok ? "Copied" : result.failure.message));
  }

  tune(): void {
    this.host.tune();
  }

  showKeys(): void {
    showKeysDialog();
  }

  moveFocus(step: 1 | -1): void {
    const regions = [
      this.toolbar.root.querySelector<HTMLElement>("button"),
      this.surface.front,
      this.dock.root,
      this.details,
    ].filter((region): region is HTMLElement => region !== null && region.offsetParent !== null);
    const at = regions.findIndex((region) => region.contains(document.activeElement));
    regions[(at + step + regions.length) % regions.length]?.focus();
  }

  private changed(changed: StatePart): void {
    if (changed.includes("colour")) {
      this.surface.recolour();
      this.fillFooter();
    }
    if (changed.includes("folded")) this.announcer.say(foldedText(this.state.state.folded.length));
    if (changed.every((part) => part in standardSizes)) {
      this.sizeParts();
      if (!changed.includes("gutterWidth")) return;
      this.surface.regutter();
      this.scheduler.canvas();
      return;
    }
    const onlyView = changed.every((part) => part === "start" || part === "end" || part === "scroll");
    if (!onlyView) this.scheduler.all();
    else {
      this.scheduler.canvas();
      if (this.state.state.range === undefined) this.sumWhenAtRest();
    }
  }

  private edge(part: keyof typeof standardSizes, label: string, keeps: number): HTMLElement {
    return splitter({
      label,
      sizes: ({ dockHeight: "height", detailsWidth: "width", gutterWidth: "width-before" } as const)[part],
      least: leastSizes[part],
      keeps,
      standard: standardSizes[part],
      read: () => this.state.state[part],
      write: (size) => this.state.update({ [part]: size }),
    });
  }

  private sizeParts(): void {
    const { dockHeight, detailsWidth, gutterWidth } = this.state.state;
    this.root.style.setProperty("--dock-height", `${dockHeight}px`);
    this.root.style.setProperty("--details-width", `${detailsWidth}px`);
    this.root.style.setProperty("--gutter-width", `${gutterWidth}px`);
  }

  private sumWhenAtRest(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (this.model.hasWork) this.dock.update();
    }, restMs);
  }

  private updateDom(): void {
    const { state } = this.state;
    const matches = state.query === "" ? undefined : this.model.matches(state.query).slices;
    this.toolbar.update(
      state,
      matches === undefined
        ? undefined
        : { count: matches.length, at: state.selection === undefined ? -1 : matches.indexOf(state.selection) },
    );
    const { selection } = state;
    this.details.classList.toggle("hidden", !state.details || selection === undefined);
    if (selection !== undefined && state.details) {
      this.details.replaceChildren(
        sliceDetails(this.model, selection, {
          close: () => this.state.update({ details: false }),
          copy: () => this.copySelection("json"),
          select: (slice) => this.select(slice, true),
          fit: (slice) => this.fit(startOf(this.model.trace, slice), endOf(this.model.trace, slice)),
          showInPartition: (op) =>
            this.state.update({ tab: "partition", partition: { ...this.state.state.partition, op } }),
          override: (op) => this.host.override(op),
        }),
      );
    }
    this.dock.update();
  }

  private fillFooter(): void {
    const { trace } = this.model;
    const { colour } = this.state.state;
    const used: ReadonlySet<number> = new Set<number>(colour === "strategy" ? this.model.work().strategy : []);
    const groups = new Set(trace.names.filter(({ kind }) => kind !== "").map(workGroup));
    const hint = (keys: readonly string[], what: string): HTMLElement =>
      element("span", {}, ...keys.flatMap((key) => [element("kbd", {}, key), " "]), what);
    this.footer.replaceChildren(
      element(
        "span",
        { className: "legend" },
        ...(this.model.own
          ? legendItems(
              trace,
              colour,
              strategies.filter((strategy, index) => strategy !== "" && used.has(index)),
              groups,
            )
          : []),
        this.model.modeled && element("span", {}, element("i", { className: "swatch is-modeled" }), "modeled"),
      ),
      element("span", { className: "grow" }),
      element(
        "span",
        { className: "hints" },
        hint(["W", "S"], "zoom"),
        hint(["A", "D"], "pan"),
        hint(["F"], "fit selection"),
        hint(["⇧"], "drag range"),
        hint(["/"], "search"),
        element("button", { className: "plain", onclick: () => this.showKeys() }, element("kbd", {}, "?"), " all keys"),
      ),
    );
  }

  /** The first match in what is seen, else the first of all. */
  private matchNear(slices: Uint32Array, otherwise: number): number {
    const { start, end } = this.state.state;
    const seen = slices.findIndex(
      (slice) => startOf(this.model.trace, slice) >= start && startOf(this.model.trace, slice) <= end,
    );
    return seen >= 0 ? seen : otherwise;
  }

  private zoomAtCentre(closer: boolean): void {
    const { start, end } = this.state.state;
    this.show(zoomed({ start, end }, closer ? 0.7 : 1 / 0.7, (start + end) / 2, this.model.trace.durationNs), true);
  }

  private leaveSearch(): void {
    this.search("");
    this.surface.front.focus();
  }

  private scrollTo(slice: number): void {
    const place = this.surface.placeOf(slice);
    if (place === undefined) return;
    const { scroll } = this.state.state;
    const visible = this.surface.trackAreaHeight;
    if (place.y < scroll) this.state.update({ scroll: Math.max(0, place.y - 8) });
    else if (place.y + place.height > scroll + visible)
      this.state.update({ scroll: place.y + place.height - visible + 8 });
  }

  private resized(): void {
    this.tooltip.root.classList.add("hidden");
    this.announcer.describe(this.model, nsPerPixel(this.surface.viewport));
    this.scheduler.canvas();
  }
}

const foldedText = (count: number): string => (count === 1 ? "1 track folded" : `${count} tracks folded`);

function noMatch(query: string): string {
  return `No slice matches “${query}”. Names look like blk.7.ffn_down.`;
}
