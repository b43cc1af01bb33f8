import type { Counter } from "../../src/trace/trace";
import { counterRange, counterScale, lastUntil, tickTexts } from "./counters";
import type { Drawing } from "./drawing";
import { type TrackBox, tracksTop } from "./layout";
import { toTime, toX } from "./viewport";

/** Counters as lines of steps: a value holds until the next one. */
export function drawCounters(d: Drawing): void {
  for (const box of d.layout.boxes) {
    if (box.track.kind !== "counter") continue;
    const counter = d.trace.counters.find(({ track }) => track === box.track.index);
    if (counter !== undefined) drawCounter(d, box, counter);
  }
}

function drawCounter(d: Drawing, box: TrackBox, counter: Counter): void {
  const { pen, view, scroll } = d;
  const { context } = pen;
  const seen = counterRange(counter, view.start, Math.min(view.end, d.trace.durationNs));
  if (seen === undefined) return;
  const top = tracksTop + box.y - scroll;
  const bottom = top + box.height;
  const scale = counterScale(seen.least, seen.most, box.track.unit);
  const toY = (value: number): number => bottom - ((value - scale.low) / (scale.high - scale.low || 1)) * box.height;
  (box.folded ? [] : tickTexts(scale, box.track.unit)).forEach((text, index) => {
    const y = toY(scale.ticks[index] as number);
    pen.box(d.view.left, Math.round(y), d.view.width, 1, pen.color("grid"));
    if (y < tracksTop - 6 || y > d.height) return;
    pen.text(text, d.view.left - 6, y, { align: "right", color: pen.color("muted") });
  });
  context.save();
  context.beginPath();
  context.rect(d.view.left, top - 2, d.view.width, box.height + 4);
  context.clip();
  context.beginPath();
  const { from, to } = traceSteps(d, counter, toY);
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
}

/**
 * Adds the steps to the path, from the value that the view begins with to the end of the view or the run. Where many
 * values share a pixel, their least and greatest. Returns the path's ends.
 */
function traceSteps(
  { pen: { context }, view, trace }: Drawing,
  { time, value }: Counter,
  toY: (value: number) => number,
): { readonly from: number; readonly to: number } {
  const end = Math.min(view.end, trace.durationNs);
  let at = Math.max(0, lastUntil(time, view.start));
  const from = Math.max(view.left, toX(view, time[at] as number));
  let held = value[at] as number;
  context.moveTo(from, toY(held));
  for (at++; at < time.length && (time[at] as number) <= end;) {
    const x = toX(view, time[at] as number);
    const until = toTime(view, Math.floor(x) + 1);
    context.lineTo(x, toY(held));
    let [least, most] = [held, held];
    for (; at < time.length && (time[at] as number) < until; at++) {
      held = value[at] as number;
      least = Math.min(least, held);
      most = Math.max(most, held);
    }
    context.lineTo(x, toY(most));
    context.lineTo(x, toY(least));
    context.lineTo(x, toY(held));
  }
  const to = toX(view, end);
  context.lineTo(to, toY(held));
  return { from, to };
}
