import type { Counter } from "../../src/trace/trace";
import { bytes, figures, fixed, join, narrowSpace } from "../shared/format";
import type { Drawing } from "./drawing";
import { type TrackBox, gutter, rightEdge, tracksTop } from "./layout";
import { type Viewport, toTime, toX } from "./viewport";

/** A counter's value with its unit: bytes scaled, kHz as GHz. */
export function counterText(value: number, unit: string): string {
  if (unit === "B") return join(bytes(value));
  if (unit === "kHz") return `${fixed(value / 1e6, 2)}${narrowSpace}GHz`;
  return figures(value) + (unit === "" ? "" : narrowSpace + unit);
}

export interface CounterScale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** From zero, but for temperatures: those from 34 to 44 °C, or wider where needed. Source: design, section 4. */
export function counterScale(least: number, most: number, unit: string): CounterScale {
  if (unit === "°C") {
    const low = Math.min(34, Math.floor(least));
    const high = Math.max(44, Math.ceil(most));
    return { low, high, ticks: [low + (high - low) * 0.4, low + (high - low) * 0.8].map(Math.round) };
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1e-9)));
  const high = ([1, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= most) ?? 10) * power;
  return { low: Math.min(0, least), high, ticks: [high / 2, high] };
}

export interface CounterRange {
  readonly least: number;
  readonly most: number;
  /** Mean over time, each value lasting until the next. */
  readonly mean: number;
}

/** What a counter did while it was seen. */
export function counterRange(counter: Counter, from: number, to: number): CounterRange {
  const { time, value } = counter;
  let at = lastBefore(time, from);
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  let covered = 0;
  for (; at < time.length && (time[at] as number) <= to; at++) {
    const now = value[at] as number;
    least = Math.min(least, now);
    most = Math.max(most, now);
    const lasts = Math.min(to, time[at + 1] ?? to) - Math.max(from, time[at] as number);
    if (lasts > 0) {
      sum += now * lasts;
      covered += lasts;
    }
  }
  if (least === Infinity) return { least: 0, most: 0, mean: 0 };
  return { least, most, mean: covered > 0 ? sum / covered : least };
}

export function lastBefore(time: Float64Array, at: number): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((time[middle] as number) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

export function drawCounters(d: Drawing): void {
  for (const box of d.layout.boxes) {
    if (box.track.kind !== "counter") continue;
    const counter = d.trace.counters.find(({ track }) => track === box.track.index);
    if (counter !== undefined) drawCounter(d, box, counter);
  }
}

function drawCounter(d: Drawing, box: TrackBox, counter: Counter): void {
  const { pen, view, width, scroll } = d;
  const { context } = pen;
  const top = tracksTop + box.y - scroll;
  const bottom = top + box.height;
  const seen = counterRange(counter, view.start, view.end);
  const scale = counterScale(seen.least, seen.most, box.track.unit);
  const toY = (value: number): number => bottom - ((value - scale.low) / (scale.high - scale.low || 1)) * box.height;
  for (const tick of scale.ticks) {
    const y = Math.round(toY(tick));
    pen.box(gutter, y, width - gutter - rightEdge, 1, pen.color("grid"));
  }
  context.save();
  context.beginPath();
  context.rect(gutter, top - 2, width - gutter - rightEdge, box.height + 4);
  context.clip();
  context.beginPath();
  const { from, to } = tracePath(d, counter, view, toY);
  context.strokeStyle = pen.color("text");
  context.lineWidth = 1.25;
  if (d.modeled) context.setLineDash([4, 3]);
  context.stroke();
  context.setLineDash([]);
  context.lineTo(to, bottom);
  context.lineTo(from, bottom);
  context.closePath();
  context.fillStyle = pen.faded("text", 0.1);
  context.fill();
  context.restore();
  for (const tick of scale.ticks) {
    const y = toY(tick);
    if (y < tracksTop - 6 || y > d.height) continue;
    pen.text(tickText(tick, box.track.unit), gutter - 6, y, { align: "right", color: pen.color("muted") });
  }
}

function tickText(value: number, unit: string): string {
  if (unit === "B") return bytes(value).value;
  return unit === "kHz" ? figures(value / 1e6) : String(Math.round(value * 100) / 100);
}

/** The line from point to point; where many share a pixel, their least and greatest. Returns its ends. */
function tracePath(
  d: Drawing,
  counter: Counter,
  view: Viewport,
  toY: (value: number) => number,
): { readonly from: number; readonly to: number } {
  const { context } = d.pen;
  const { time, value } = counter;
  let at = lastBefore(time, view.start);
  let x = gutter;
  let begin = gutter;
  let first = true;
  const to = (px: number, py: number): void => {
    if (first) {
      context.moveTo(px, py);
      begin = px;
    } else context.lineTo(px, py);
    first = false;
    x = px;
  };
  const right = view.left + view.width;
  while (at < time.length) {
    const pixel = Math.floor(toX(view, time[at] as number));
    let least = value[at] as number;
    let most = least;
    const until = toTime(view, pixel + 1);
    let last = least;
    for (at++; at < time.length && (time[at] as number) < until; at++) {
      last = value[at] as number;
      least = Math.min(least, last);
      most = Math.max(most, last);
    }
    if (most > least) {
      to(pixel, toY(most));
      to(pixel, toY(least));
    }
    to(pixel, toY(last));
    if (pixel > right) break;
  }
  return { from: begin, to: x };
}
