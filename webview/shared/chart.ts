// The only importer of uPlot: curves over one axis, in the colours of the theme.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Disposable, DisposableStore, toDisposable } from "../../src/base/disposable";
import { element } from "./dom";
import { type Theme, type ThemeColor, onThemeChange, readTheme } from "./theme";

export interface ChartCurve {
  readonly label: string;
  readonly color: ThemeColor;
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** px; default 1.75. */
  readonly width?: number;
  /** `modeled` is dashed, so that it never looks measured; `faint` is dotted, for what is only compared with. */
  readonly line?: "solid" | "modeled" | "faint";
  /** Indices that get a mark: filled where measured, hollow where predicted from others. */
  readonly measured?: readonly number[];
  readonly predicted?: readonly number[];
  /** Written at the curve's right end; default: the label. Empty: nothing is. */
  readonly endLabel?: string;
}

export interface ChartContent {
  /** What a screen reader calls it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly curves: readonly ChartCurve[];
  /** Places of the grid along x; default: what fits. */
  readonly xTicks?: readonly number[];
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
  readonly logarithmic?: boolean;
  /** Highest y that is drawn; curves leave the chart there. Default: the largest value. */
  readonly most?: number;
}

/** The plot without its axes, in px from the chart's left and top. */
export interface PlotBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartEvents {
  /** The cursor moved to x[index], by pointer or by keyboard. */
  readonly onCursor?: (index: number) => void;
  /** The plot has another place, e.g. after a resize: what stands below it in step follows. */
  readonly onLayout?: (box: PlotBox) => void;
  /** Said of the place of the cursor. */
  readonly cursorText?: (index: number) => string;
}

/** Room for the labels at the curves' ends. */
const endRoom = 76;
const axisRoom = 52;
/** Labels at the ends keep this distance, in px. */
const labelStep = 14;

/** A chart with a cursor that stays where it was put. Arrows move it by 1, with Shift by 32; Home and End to the ends. */
export class Chart implements Disposable {
  readonly root = element("div", { className: "chart", tabIndex: 0, attrs: { role: "slider" } });
  private readonly owned = new DisposableStore();
  private theme: Theme = readTheme();
  private plot: uPlot | undefined;
  private content: ChartContent | undefined;
  private cursor = 0;

  constructor(private readonly events: ChartEvents = {}) {
    const observer = new ResizeObserver(() => this.resize());
    observer.observe(this.root);
    this.owned.add(toDisposable(() => observer.disconnect()));
    this.owned.add(
      onThemeChange(() => {
        this.theme = readTheme();
        this.plot?.redraw(false);
      }),
    );
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  dispose(): void {
    this.owned.dispose();
    this.plot?.destroy();
    this.root.remove();
  }

  /** @param cursor index of x at which the cursor stands. */
  show(content: ChartContent, cursor: number): void {
    this.content = content;
    this.plot?.destroy();
    this.plot = undefined;
    this.cursor = Math.min(Math.max(0, cursor), Math.max(0, content.x.length - 1));
    this.root.setAttribute("aria-label", content.label);
    this.sayCursor();
    this.resize();
  }

  setCursor(index: number): void {
    const last = (this.content?.x.length ?? 1) - 1;
    const next = Math.min(Math.max(0, index), Math.max(0, last));
    if (next === this.cursor) return;
    this.cursor = next;
    this.sayCursor();
    this.plot?.redraw(false, false);
  }

  private sayCursor(): void {
    const { root, content, cursor } = this;
    if (content === undefined) return;
    root.setAttribute("aria-valuemin", String(content.x[0] ?? 0));
    root.setAttribute("aria-valuemax", String(content.x.at(-1) ?? 0));
    root.setAttribute("aria-valuenow", String(content.x[cursor] ?? 0));
    root.setAttribute("aria-valuetext", this.events.cursorText?.(cursor) ?? content.xText(content.x[cursor] ?? 0));
  }

  private moveTo(index: number): void {
    const before = this.cursor;
    this.setCursor(index);
    if (this.cursor !== before) this.events.onCursor?.(this.cursor);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 32 : 1;
    const last = (this.content?.x.length ?? 1) - 1;
    if (event.key === "ArrowLeft") this.moveTo(this.cursor - step);
    else if (event.key === "ArrowRight") this.moveTo(this.cursor + step);
    else if (event.key === "Home") this.moveTo(0);
    else if (event.key === "End") this.moveTo(last);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (this.content === undefined || width < 80 || height < 60) return;
    if (this.plot === undefined) this.plot = this.make(this.content, width, height);
    else if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  private make(content: ChartContent, width: number, height: number): uPlot {
    const font = `11px ${this.theme.fontFamily}`;
    const muted = (): string => this.theme.css("muted");
    const grid = { stroke: () => this.theme.css("grid"), width: 1 };
    const { xTicks, xText, yText, curves, logarithmic = false } = content;
    const axis = { stroke: muted, font, grid, ticks: { show: false } };
    const plot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        padding: [10, endRoom, 0, 0],
        cursor: { x: false, y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
        scales: {
          x: { time: false, range: (_, least, most) => [least, most] },
          y: {
            range: (_, least, most) => yRange(least, content.most ?? most, logarithmic),
          },
        },
        axes: [
          {
            ...axis,
            size: 26,
            values: (_, ticks) => ticks.map(xText),
            ...(xTicks === undefined ? {} : { splits: () => [...xTicks] }),
          },
          {
            ...axis,
            size: axisRoom,
            space: 44,
            values: (_, ticks) => ticks.map((tick) => yText(logarithmic ? 10 ** tick : tick)),
            ...(logarithmic
              ? { splits: (_: uPlot, __: number, least: number, most: number) => decades(least, most) }
              : {}),
          },
        ],
        series: [{}, ...curves.map((curve) => this.series(curve))],
        hooks: { draw: [(self) => this.drawFront(self, content)], setSize: [(self) => this.tellLayout(self)] },
      },
      [[...content.x], ...curves.map(({ values }) => values.map((value) => onScale(value, logarithmic)))],
      this.root,
    );
    const follow = (event: MouseEvent): void => {
      this.moveTo(plot.valToIdx(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x")));
    };
    plot.over.addEventListener("click", follow);
    plot.over.addEventListener("mousemove", (event) => {
      if (event.buttons === 1) follow(event);
    });
    this.tellLayout(plot);
    return plot;
  }

  private series(curve: ChartCurve): uPlot.Series {
    const dash = { solid: undefined, modeled: [6, 4], faint: [2, 3] }[curve.line ?? "solid"];
    return {
      stroke: () => this.theme.css(curve.color),
      width: curve.width ?? 1.75,
      points: { show: false },
      ...(dash === undefined ? {} : { dash }),
    };
  }

  private tellLayout(plot: uPlot): void {
    const ratio = devicePixelRatio;
    const { left, top, width, height } = plot.bbox;
    this.events.onLayout?.({ left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio });
  }

  /** Marks, the cursor, and the labels at the ends. */
  private drawFront(plot: uPlot, content: ChartContent): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    // uPlot leaves the last curve's dashes.
    ctx.setLineDash([]);
    const x = plot.valToPos(content.x[this.cursor] ?? 0, "x", true);
    ctx.fillStyle = this.theme.css("text");
    ctx.fillRect(Math.round(x), bbox.top, Math.max(1, Math.round(ratio)), bbox.height);
    for (const curve of content.curves) {
      for (const at of curve.measured ?? []) this.dot(plot, content, curve, at, 3, true);
      for (const at of curve.predicted ?? []) this.dot(plot, content, curve, at, 3, false);
      if (curve.line !== "faint") this.dot(plot, content, curve, this.cursor, 4.5, false);
    }
    this.drawEndLabels(plot, content);
    ctx.restore();
  }

  private dot(
    plot: uPlot,
    content: ChartContent,
    curve: ChartCurve,
    at: number,
    radius: number,
    filled: boolean,
  ): void {
    const value = onScale(curve.values[at] ?? null, content.logarithmic);
    if (value === null) return;
    const y = plot.valToPos(value, "y", true);
    if (y < plot.bbox.top - 1) return;
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    ctx.beginPath();
    ctx.arc(plot.valToPos(content.x[at] ?? 0, "x", true), y, radius * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = this.theme.css(filled ? curve.color : "background");
    ctx.fill();
    ctx.strokeStyle = this.theme.css(curve.color);
    ctx.lineWidth = (filled ? 1.5 : 2) * ratio;
    ctx.stroke();
  }

  private drawEndLabels(plot: uPlot, content: ChartContent): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const labels = content.curves.flatMap((curve, at) => {
      const text = curve.endLabel ?? curve.label;
      const values = plot.data[at + 1] ?? [];
      const last = values.findLastIndex((y) => typeof y === "number" && plot.valToPos(y, "y", true) >= bbox.top);
      const value = values[last];
      if (text === "" || typeof value !== "number") return [];
      return [{ text, x: plot.valToPos(content.x[last] ?? 0, "x", true), y: plot.valToPos(value, "y", true) }];
    });
    labels.sort((a, b) => a.y - b.y);
    ctx.font = `600 ${11 * ratio}px ${this.theme.fontFamily}`;
    ctx.fillStyle = this.theme.css("text");
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    let free = -Infinity;
    for (const { text, x, y } of labels) {
      const at = Math.max(y, free);
      ctx.fillText(text, x + 8 * ratio, at);
      free = at + labelStep * ratio;
    }
  }
}

/** A logarithmic scale is a linear one of logarithms, which have none of 0. */
function onScale(value: number | null, logarithmic = false): number | null {
  if (value === null || !logarithmic) return value;
  return value > 0 ? Math.log10(value) : null;
}

function yRange(least: number | null, most: number | null, logarithmic: boolean): [number, number] {
  if (!logarithmic) return [0, most === null || most <= 0 ? 1 : most];
  const top = most ?? 0;
  return [Math.min(least ?? top - 3, top - 1), top];
}

/** 1, 2 and 5 of each decade, as logarithms. */
function decades(least: number, most: number): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(least); decade <= most; decade++) {
    for (const digit of [1, 2, 5]) {
      const tick = decade + Math.log10(digit);
      if (tick >= least && tick <= most) ticks.push(tick);
    }
  }
  return ticks;
}
