import { type FlowPoint, type Trace, endOf, rowOf, startOf } from "../../src/trace/trace";
import { type Drawing } from "./drawing";
import { rangeBar, rightEdge, rowTop, ruler, tracksTop } from "./layout";
import { nsPerPixel, toX } from "./viewport";

/** Bars outside the slices that the search found: above the GPU, below everything else. Nothing is dimmed. */
export function drawMatches(d: Drawing): void {
  const { pen, trace, view, layout, scene, scroll, matches, width } = d;
  if (matches === undefined) return;
  for (const box of layout.boxes) {
    if (box.track.kind === "band" || box.track.kind === "counter") continue;
    const above = box.track.kind === "gpu";
    for (const row of box.track.rows) {
      const marks = scene.marksOf(row)?.marks;
      const top = rowTop(layout, row);
      if (marks === undefined || top === undefined) continue;
      const y = tracksTop + top.y - scroll + (above ? -5 : top.height + 2);
      for (let i = 0; i < marks.count; i++) {
        const slice = marks.slice[i] as number;
        if (matches[trace.slices.name[slice] as number] !== 1) continue;
        const left = Math.max(d.view.left, toX(view, marks.start[i] as number));
        const right = Math.min(width - rightEdge, toX(view, marks.end[i] as number));
        if (right >= d.view.left && left <= width)
          pen.box(left, y, Math.max(2, right - left - 1), 2, pen.color("text"));
      }
    }
  }
}

/** The selection with a strong frame, the other half of a split op with a thin one. */
export function drawSelection(d: Drawing): void {
  const { pen, trace, view, layout, scroll, selection, otherHalf, width } = d;
  for (const slice of [otherHalf, selection]) {
    if (slice === undefined) continue;
    const top = rowTop(layout, rowOf(trace, slice));
    if (top === undefined) continue;
    const left = Math.max(toX(view, startOf(trace, slice)), d.view.left - 8);
    const right = Math.min(toX(view, endOf(trace, slice)), width + 8);
    if (right < d.view.left - 4 || left > width) continue;
    const y = tracksTop + top.y - scroll;
    const strong = slice === selection;
    const lineWidth = strong ? (d.focused ? 2.5 : 2) : 1;
    pen.frame(left - 1, y - 1.5, Math.max(2, right - left) + 1.5, top.height + 3, pen.color("text"), lineWidth);
  }
}

/** Above this, or nearer to each other than that, arrows would be a thicket. */
const arrowsBelow = 120_000;
const arrowsApart = 24;

/**
 * Arrows over joins: from the op that was waited for to the one that waited, by flows or by the joins themselves. Where
 * they would lie too close, only those of the selection.
 */
export function drawArrows(d: Drawing): void {
  if (nsPerPixel(d.view) > arrowsBelow) return;
  const { trace, view, selection } = d;
  const pairs =
    trace.flows.length === 0
      ? joinPairs(d)
      : flowPairs(trace).filter(([from, to]) => endOf(trace, from) >= view.start && startOf(trace, to) <= view.end);
  const room = (d.width - view.left) / arrowsApart;
  for (const [from, to] of pairs) {
    if (pairs.length <= room || from === selection || to === selection) drawArrow(d, from, to);
  }
}

const pairsOfFlows = new WeakMap<Trace, (readonly [number, number])[]>();

function flowPairs(trace: Trace): (readonly [number, number])[] {
  let pairs = pairsOfFlows.get(trace);
  if (pairs !== undefined) return pairs;
  const byId = new Map<number, FlowPoint[]>();
  for (const point of trace.flows) {
    const known = byId.get(point.id);
    if (known === undefined) byId.set(point.id, [point]);
    else known.push(point);
  }
  pairs = [];
  for (const points of byId.values()) {
    const slices = points.map(({ slice }) => slice).sort((a, b) => startOf(trace, a) - startOf(trace, b));
    for (let i = 1; i < slices.length; i++) pairs.push([slices[i - 1] as number, slices[i] as number]);
  }
  pairsOfFlows.set(trace, pairs);
  return pairs;
}

/** A join ends an op on one processor and lets one on another begin: those that touch it, for joins in view. */
function joinPairs(d: Drawing): (readonly [number, number])[] {
  const { trace, layout, scene } = d;
  const joins = layout.boxes.find(({ track }) => track.kind === "joins")?.track.rows[0];
  const marks = joins === undefined ? undefined : scene.marksOf(joins)?.marks;
  if (marks === undefined) return [];
  const processors = layout.boxes
    .filter(({ track }) => track.kind === "gpu" || track.kind === "npu")
    .flatMap(({ track }) => track.rows[0] ?? []);
  const touching = 5_000;
  const pairs: (readonly [number, number])[] = [];
  const first = Math.max(0, firstFrom(marks.start, marks.count, d.view.start) - 1);
  for (let i = first; i < marks.count && (marks.start[i] as number) <= d.view.end; i++) {
    const join = marks.slice[i] as number;
    let from: number | undefined;
    let to: number | undefined;
    for (const row of processors) {
      const { marks: own } = scene.marksOf(row) ?? {};
      if (own === undefined) continue;
      const next = firstFrom(own.start, own.count, startOf(trace, join) + 1);
      const before = next > 0 ? (own.slice[next - 1] as number) : undefined;
      const after = next < own.count ? (own.slice[next] as number) : undefined;
      if (before !== undefined && Math.abs(endOf(trace, before) - startOf(trace, join)) < touching) from = before;
      if (after !== undefined && Math.abs(startOf(trace, after) - endOf(trace, join)) < touching) to = after;
    }
    if (from !== undefined && to !== undefined && rowOf(trace, from) !== rowOf(trace, to)) pairs.push([from, to]);
  }
  return pairs;
}

function firstFrom(times: Float64Array, count: number, from: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) >= from) high = middle;
    else low = middle + 1;
  }
  return low;
}

function drawArrow(d: Drawing, from: number, to: number): void {
  const { pen, trace, view, layout, scroll } = d;
  const { context } = pen;
  const source = rowTop(layout, rowOf(trace, from));
  const target = rowTop(layout, rowOf(trace, to));
  if (source === undefined || target === undefined || source.y === target.y) return;
  const down = target.y > source.y;
  const x0 = toX(view, endOf(trace, from));
  const x1 = toX(view, startOf(trace, to)) + 1;
  const y0 = tracksTop - scroll + (down ? source.y + source.height : source.y);
  const y1 = tracksTop - scroll + (down ? target.y : target.y + target.height);
  const middle = (y0 + y1) / 2;
  context.beginPath();
  context.moveTo(x0, y0);
  context.bezierCurveTo(x0, middle, x1, middle, x1, y1);
  context.strokeStyle = pen.color("text");
  context.lineWidth = 1;
  context.stroke();
  const back = down ? -5 : 5;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - 3, y1 + back);
  context.lineTo(x1 + 3, y1 + back);
  context.fillStyle = pen.color("text");
  context.fill();
}

/** Where events were lost: a dashed frame with its reason, so that a gap is not read as idle. */
export function drawLost(d: Drawing): void {
  const { pen, view, lost, height, width } = d;
  if (lost === undefined) return;
  const left = Math.max(d.view.left, toX(view, lost.from));
  const right = Math.min(width - rightEdge, toX(view, lost.to));
  if (right <= left) return;
  const { context } = pen;
  context.setLineDash([4, 3]);
  pen.frame(left + 0.5, tracksTop - 3.5, right - left - 1, height - tracksTop, pen.color("tandem-warn"));
  context.setLineDash([]);
  const label = pen.fit("events lost here", right - left - 12);
  if (label !== "") pen.text(label, left + 6, rangeBar.y + 9, { color: pen.color("tandem-warn") });
}

/** A line under the pointer, to compare tracks. */
export function drawHover(d: Drawing): void {
  const { pen, hoverX, height, width } = d;
  if (hoverX === undefined || hoverX < d.view.left || hoverX > width - rightEdge) return;
  pen.box(Math.round(hoverX), ruler.y + 14, 1, height, pen.faded("text", 0.35));
}
