import { sliceDensity } from "../../src/trace/density";
import type { Trace } from "../../src/trace/trace";
import { durationText, fixed, narrowSpace } from "../shared/format";
import { type Colouring, type Palette, paletteIndex } from "./colours";
import type { Drawing } from "./drawing";
import { minimap, rangeBar, rightEdge, ruler, tracksTop } from "./layout";
import type { Pen } from "./pen";
import { type Viewport, rulerTicks, toX } from "./viewport";

/** The whole run in one strip: part of each pixel's time in which a processor was busy. Drawn once per width and theme. */
export function paintMinimap(
  trace: Trace,
  colouring: Colouring,
  palette: Palette,
  pen: Pen,
  width: number,
  ratio: number,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.round(minimap.height * ratio);
  const context = canvas.getContext("2d");
  if (context === null || trace.durationNs === 0) return canvas;
  context.scale(ratio, ratio);
  const busiest = ["gpu", "npu", "cpu", "other"] as const;
  const shown = busiest.flatMap((kind) =>
    trace.tracks.filter((track) => track.kind === kind).flatMap((track) => track.rows[0] ?? []),
  );
  const computes = shown.filter((row) => kindOf(trace, row) === "gpu" || kindOf(trace, row) === "npu");
  const rows = (computes.length > 0 ? computes : shown).slice(0, 8);
  const perPixel = trace.durationNs / width;
  rows.forEach((index, place) => {
    const row = trace.rows[index];
    if (row === undefined) return;
    const height = minimap.height / rows.length;
    const marks = sliceDensity(trace.slices, row, { from: 0, to: trace.durationNs, resolution: perPixel / 2 });
    // GPU grows up from the middle, NPU down from it, as halves of one whole.
    const down = rows.length === 2 && place === 1;
    for (let i = 0; i < marks.count; i++) {
      const x = (marks.start[i] as number) / perPixel;
      const tall = Math.max(0.5, (marks.busy[i] as number) * (height - 2));
      const style = colouring.styleOf(marks.slice[i] as number, kindOf(trace, index));
      context.fillStyle = pen.css(palette.fills[paletteIndex(style)] ?? [0, 0, 0, 0]);
      context.fillRect(x, down ? place * height + 1 : (place + 1) * height - 1 - tall, 1.05, tall);
    }
  });
  return canvas;
}

function kindOf(trace: Trace, row: number): Trace["tracks"][number]["kind"] {
  return trace.tracks[trace.rows[row]?.track ?? -1]?.kind ?? "none";
}

export function minimapX({ left, width }: Viewport, durationNs: number, time: number): number {
  return left + (time / Math.max(1, durationNs)) * width;
}

export function drawMinimap(d: Drawing, picture: HTMLCanvasElement): void {
  const { pen, view, trace, width } = d;
  pen.context.drawImage(picture, view.left, minimap.y, view.width, minimap.height);
  pen.text(pen.fit("Whole run", view.left - 24), 16, minimap.y + 10);
  pen.text(durationText(trace.durationNs), 16, minimap.y + 25, { color: pen.color("muted") });
  const { context } = pen;
  const left = Math.max(view.left - 1, minimapX(view, trace.durationNs, view.start));
  const right = Math.min(width - rightEdge + 1, minimapX(view, trace.durationNs, view.end));
  if (d.range !== undefined) {
    const from = minimapX(view, trace.durationNs, d.range.from);
    const to = minimapX(view, trace.durationNs, d.range.to);
    pen.box(from, minimap.y + minimap.height + 1, Math.max(2, to - from), 2, pen.color("focus"));
  }
  context.fillStyle = pen.faded("background", 0.3);
  if (left > view.left) context.fillRect(view.left, minimap.y, left - view.left, minimap.height);
  if (right < width - rightEdge) context.fillRect(right, minimap.y, width - rightEdge - right, minimap.height);
  pen.frame(left - 0.5, minimap.y - 1.5, Math.max(5, right - left) + 1, minimap.height + 3, pen.color("text"), 1.5);
}

/** Labels of the ruler, and the lines that go down through the tracks. */
export function drawRuler(d: Drawing): void {
  const { pen, view, width, height } = d;
  const { step, times } = rulerTicks(view);
  for (const time of times) {
    const x = Math.round(toX(view, time));
    if (x > width - rightEdge) break;
    pen.box(x, ruler.y + 2, 1, height, pen.color("grid"));
    const label = tickLabel(time, step);
    if (x + 4 + pen.width(label) < width - rightEdge)
      pen.text(label, x + 4, ruler.y + 8, { color: pen.color("muted") });
  }
}

export function tickLabel(time: number, step: number): string {
  const inSeconds = step >= 1e8;
  const unit = inSeconds ? 1e9 : 1e6;
  const digits = Math.max(0, Math.ceil(Math.log10(unit) - Math.log10(step) - 1e-9));
  return fixed(time / unit, digits) + narrowSpace + (inSeconds ? "s" : "ms");
}

export function drawGutter(d: Drawing): void {
  const { pen, view, layout, scroll, height, subtitles } = d;
  for (const { track, y, height: tall, folded } of layout.boxes) {
    const middle = tracksTop + y - scroll + tall / 2;
    if (middle < tracksTop - tall || middle > height + tall) continue;
    const subtitle = subtitles.get(track.index);
    const room = view.left - 24;
    drawFold(pen, subtitle === undefined || tall < 30 ? middle : middle - 7, folded);
    if (subtitle === undefined || tall < 30) pen.text(pen.fit(track.name, room), 16, middle);
    else {
      pen.text(pen.fit(track.name, room), 16, middle - 7);
      pen.text(pen.fit(subtitle, room), 16, middle + 8, { color: pen.color("muted") });
    }
  }
}

/** Points down at a track that is open, right at one that is folded. */
function drawFold(pen: Pen, middle: number, folded: boolean): void {
  const { context } = pen;
  const [x, y] = [8, middle];
  context.beginPath();
  if (folded) {
    context.moveTo(x - 2, y - 3.5);
    context.lineTo(x + 2, y);
    context.lineTo(x - 2, y + 3.5);
  } else {
    context.moveTo(x - 3.5, y - 2);
    context.lineTo(x, y + 2);
    context.lineTo(x + 3.5, y - 2);
  }
  context.strokeStyle = pen.color("muted");
  context.lineWidth = 1;
  context.stroke();
}

/** Where the range's tint begins: below phases and tokens, so that these wider bands stay readable. */
function rangeTop(d: Drawing): number {
  const layers = d.layout.boxes.find(({ track }) => track.name === "Layer");
  return tracksTop + Math.max(-3, (layers?.y ?? 0) - d.scroll - 3);
}

export function drawRangeTint(d: Drawing): void {
  const { pen, view, height, range } = d;
  if (range === undefined) return;
  const left = toX(view, range.from);
  const top = rangeTop(d);
  pen.box(left, top, toX(view, range.to) - left, height - top, pen.color("range"));
}

/** The range's bar with its length above the tracks, and its two lines through them. */
export function drawRange(d: Drawing): void {
  const { pen, view, width, height, range } = d;
  if (range === undefined) return;
  const left = toX(view, range.from);
  const right = toX(view, range.to);
  const top = rangeTop(d);
  for (const x of [left - 1, right]) {
    pen.box(x, top, 1.5, height - top, pen.color("focus"));
    pen.box(x, rangeBar.y + 2, 1.5, 12, pen.color("focus"));
  }
  const label = (range.label === "" ? "" : `${range.label} · `) + durationText(range.to - range.from);
  const middle = rangeBar.y + 8.5;
  const labelWidth = pen.width(label, { weight: 600 }) + 14;
  const seenLeft = Math.max(left, view.left);
  const seenRight = Math.min(right, width - rightEdge);
  if (seenRight <= seenLeft) return;
  if (seenRight - seenLeft < labelWidth + 12) {
    pen.text(label, Math.min(right + 6, width - rightEdge - labelWidth), middle, { weight: 600 });
    return;
  }
  const centre = (seenLeft + seenRight) / 2;
  pen.box(left, middle - 0.5, centre - labelWidth / 2 - left, 1, pen.color("focus"));
  pen.box(centre + labelWidth / 2, middle - 0.5, right - centre - labelWidth / 2, 1, pen.color("focus"));
  pen.text(label, centre, middle, { weight: 600, align: "center" });
}
