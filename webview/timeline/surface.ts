import { type Disposable, DisposableStore, toDisposable } from "../../src/base/disposable";
import { otherHalf } from "../../src/trace/navigate";
import { rowOf } from "../../src/trace/trace";
import type { Marks } from "../../src/trace/visible";
import { type Theme, onThemeChange, readTheme } from "../shared/theme";
import { element } from "../shared/dom";
import { CanvasRenderer } from "./canvasRenderer";
import { Colouring, type Palette, readPalette } from "./colours";
import { drawGutter, drawMinimap, drawRange, drawRangeTint, drawRuler, paintMinimap } from "./drawAxis";
import { counterRange, counterText } from "./counters";
import { drawCounters } from "./drawCounters";
import type { Drawing } from "./drawing";
import { drawArrows, drawHover, drawLost, drawMatches, drawSelection } from "./drawMarks";
import { drawBands, drawBeds, drawLabels } from "./drawTracks";
import { type TrackLayout, layoutTracks, rangeBar, rightEdge, rowTop, ruler, tracksKeep, tracksTop } from "./layout";
import type { TimelineModel } from "./model";
import { Pen } from "./pen";
import { type Renderer, noSlice } from "./renderer";
import { Scene } from "./scene";
import { type Store, leastSizes } from "./state";
import type { Viewport } from "./viewport";
import { WebglRenderer } from "./webglRenderer";

/** The canvases of the tracks: what lies under the slices, the slices, and everything with text in front. */
export class Surface implements Disposable {
  readonly root: HTMLElement;
  readonly front: HTMLCanvasElement;
  renderer: Renderer;
  hoverX: number | undefined;
  hoveredSlice: number | undefined;

  private readonly store = new DisposableStore();
  private readonly under: HTMLCanvasElement;
  private readonly back: HTMLCanvasElement;
  private readonly contexts: { readonly under: CanvasRenderingContext2D; readonly front: CanvasRenderingContext2D };
  private readonly scene: Scene;
  private theme: Theme;
  private palette: Palette;
  private pens: { readonly under: Pen; readonly front: Pen };
  private colouring: Colouring;
  private map: HTMLCanvasElement | undefined;
  private tracks: TrackLayout;
  private width = 1;
  private height = 1;
  private ratio = 1;

  constructor(
    private readonly model: TimelineModel,
    private readonly state: Store,
    private readonly onResize: () => void,
    preferCanvas: boolean,
  ) {
    this.under = element("canvas", { attrs: { "aria-hidden": "true" } });
    this.back = element("canvas", { className: "slices", attrs: { "aria-hidden": "true" } });
    this.front = element("canvas", {
      className: "tracks",
      tabIndex: 0,
      attrs: {
        role: "application",
        "aria-label": "Timeline. Arrow keys move between slices; W A S D zoom and pan; question mark shows all keys.",
      },
    });
    this.root = element("div", { className: "surface" }, this.under, this.back, this.front);
    this.contexts = { under: context2d(this.under), front: context2d(this.front) };
    this.theme = readTheme();
    this.palette = readPalette(this.theme);
    this.pens = this.newPens();
    this.renderer = this.createRenderer(preferCanvas);
    this.scene = new Scene(model.trace);
    this.colouring = this.newColouring();
    this.tracks = layoutTracks(model.trace, 400, state.state.folded);
    this.renderer.setPalette(this.palette);
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(this.root);
    this.store.add(toDisposable(() => observer.disconnect()));
    this.store.add(
      state.onChange((changed) => {
        if (changed.includes("folded")) this.relayout();
      }),
    );
    this.store.add(onThemeChange(() => this.retheme()));
    this.store.add(toDisposable(() => this.renderer.dispose()));
  }

  get layout(): TrackLayout {
    return this.tracks;
  }

  get viewport(): Viewport {
    const { start, end, gutterWidth } = this.state.state;
    // A narrow window keeps room for the tracks.
    const left = Math.max(leastSizes.gutterWidth, Math.min(gutterWidth, this.width - tracksKeep));
    return { start, end, left, width: Math.max(1, this.width - left - rightEdge) };
  }

  get size(): { readonly width: number; readonly height: number } {
    return { width: this.width, height: this.height };
  }

  /** How far the tracks can be scrolled. */
  get scrollRange(): number {
    return Math.max(0, this.tracks.height - (this.height - tracksTop));
  }

  get trackAreaHeight(): number {
    return this.height - tracksTop;
  }

  /** Where a slice's row lies in the track area, before scrolling. */
  placeOf(slice: number): { readonly y: number; readonly height: number } | undefined {
    return rowTop(this.tracks, rowOf(this.model.trace, slice));
  }

  /** What is drawn of a row now. */
  marksOf(row: number): Marks | undefined {
    return this.scene.marksOf(row)?.marks;
  }

  private relayout(): void {
    this.tracks = layoutTracks(this.model.trace, this.trackAreaHeight, this.state.state.folded);
    this.scene.invalidate();
  }

  /** The gutter has another width. */
  regutter(): void {
    this.scene.invalidate();
    this.map = undefined;
  }

  recolour(): void {
    this.colouring = this.newColouring();
    this.scene.invalidate();
    this.map = undefined;
  }

  draw(): void {
    const { state } = this.state;
    const view = this.viewport;
    const scroll = Math.min(state.scroll, this.scrollRange);
    if (this.scene.update(view, this.tracks, this.colouring)) this.renderer.setInstances(this.scene.instances);
    this.renderer.draw({
      start: view.start,
      scale: view.width / (view.end - view.start),
      left: view.left,
      top: tracksTop,
      width: view.width,
      height: this.height - tracksTop,
      scroll,
      modeled: this.model.modeled,
      outlined: this.theme.highContrast,
      hovered: this.hoveredSlice ?? noSlice,
    });
    const drawing = this.drawing(view, scroll);
    this.drawUnder({ ...drawing, pen: this.pens.under });
    this.drawFront(drawing);
  }

  /** Both canvases as one picture, with the background under them. */
  picture(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.width = this.front.width;
    canvas.height = this.front.height;
    const context = canvas.getContext("2d");
    if (context !== null) {
      context.fillStyle = this.theme.css("background");
      context.fillRect(0, 0, canvas.width, canvas.height);
      for (const layer of [this.under, this.back, this.front]) context.drawImage(layer, 0, 0);
    }
    return canvas;
  }

  dispose(): void {
    this.store.dispose();
  }

  private drawing(view: Viewport, scroll: number): Drawing {
    const { trace } = this.model;
    const { selection, range, query } = this.state.state;
    return {
      pen: this.pens.front,
      trace,
      view,
      layout: this.tracks,
      scene: this.scene,
      colouring: this.colouring,
      palette: this.palette,
      width: this.width,
      height: this.height,
      scroll,
      modeled: this.model.modeled,
      selection,
      otherHalf: selection === undefined ? undefined : otherHalf(trace, selection),
      range,
      matches: query === "" ? undefined : this.model.matches(query).names,
      hoverX: this.hoverX,
      focused: document.activeElement === this.front,
      subtitles: this.subtitles(view),
      lost: this.model.lost(),
    };
  }

  private drawUnder(d: Drawing): void {
    const { under: context } = this.contexts;
    this.clear(context);
    this.clipped(context, 0, ruler.y - 2, this.width - rightEdge, () => drawRuler(d));
    this.clipped(context, d.view.left, tracksTop - 6, d.view.width, () => {
      drawBeds(d);
      drawBands(d);
      drawRangeTint(d);
    });
    this.clipped(context, 0, tracksTop, this.width - rightEdge, () => drawCounters(d));
  }

  private drawFront(d: Drawing): void {
    const { front: context } = this.contexts;
    this.clear(context);
    this.clipped(context, d.view.left, tracksTop - 6, d.view.width, () => {
      drawLabels(d);
      drawArrows(d);
      drawMatches(d);
    });
    this.clipped(context, d.view.left, rangeBar.y - 2, d.view.width, () => {
      drawRange(d);
      drawLost(d);
    });
    this.clipped(context, d.view.left - 3, tracksTop - 6, d.view.width + 6, () => drawSelection(d));
    this.clipped(context, d.view.left, ruler.y, d.view.width, () => drawHover(d));
    this.clipped(context, 0, tracksTop, d.view.left, () => drawGutter(d));
    this.map ??= paintMinimap(d.trace, d.colouring, d.palette, d.pen, d.view.width, this.ratio);
    drawMinimap(d, this.map);
  }

  private clear(context: CanvasRenderingContext2D): void {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
  }

  /** Draws inside a box that reaches to the bottom of the canvas. */
  private clipped(context: CanvasRenderingContext2D, x: number, y: number, width: number, draw: () => void): void {
    context.save();
    context.beginPath();
    context.rect(x, y, width, this.height - y);
    context.clip();
    draw();
    context.restore();
  }

  /** Second lines in the gutter: a processor's name, a counter's mean over what is seen. */
  private subtitles(view: Viewport): ReadonlyMap<number, string> {
    const { trace } = this.model;
    const texts = new Map<number, string>();
    for (const { track } of this.tracks.boxes) {
      const processor = trace.header?.processors.find(({ kind }) => kind === track.kind);
      if (processor !== undefined) texts.set(track.index, processor.name.split(",")[0] ?? "");
      const counter = trace.counters.find((candidate) => candidate.track === track.index);
      if (counter === undefined) continue;
      const seen = counterRange(counter, Math.max(0, view.start), Math.min(view.end, trace.durationNs));
      texts.set(track.index, seen === undefined ? "no value yet" : `${counterText(seen.mean, track.unit)} mean`);
    }
    return texts;
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.root;
    const ratio = window.devicePixelRatio;
    if (clientWidth === 0 || clientHeight === 0) return;
    if (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio) return;
    [this.width, this.height, this.ratio] = [clientWidth, clientHeight, ratio];
    for (const canvas of [this.under, this.front]) {
      canvas.width = Math.round(clientWidth * ratio);
      canvas.height = Math.round(clientHeight * ratio);
    }
    this.renderer.resize(clientWidth, clientHeight, ratio);
    this.relayout();
    this.map = undefined;
    // Resizing cleared the canvases: they are drawn before the browser shows them empty.
    this.draw();
    this.onResize();
  }

  private retheme(): void {
    this.theme = readTheme();
    this.palette = readPalette(this.theme);
    this.pens = this.newPens();
    this.renderer.setPalette(this.palette);
    this.map = undefined;
    this.draw();
  }

  private newPens(): { readonly under: Pen; readonly front: Pen } {
    return { under: new Pen(this.contexts.under, this.theme), front: new Pen(this.contexts.front, this.theme) };
  }

  private newColouring(): Colouring {
    const { colour } = this.state.state;
    return new Colouring(this.model.trace, colour, colour === "strategy" ? this.model.work() : undefined);
  }

  private createRenderer(preferCanvas: boolean): Renderer {
    if (preferCanvas) return new CanvasRenderer(this.back);
    const webgl = WebglRenderer.create(this.back);
    if (webgl.ok) return webgl.value;
    return new CanvasRenderer(this.back);
  }
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser has no canvas.");
  return context;
}
