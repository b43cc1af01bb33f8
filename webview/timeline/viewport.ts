/** Time on the horizontal axis: what is seen, and where it is drawn. Times in ns, places in CSS px. */
export interface Viewport {
  readonly start: number;
  readonly end: number;
  /** Left edge and width of the drawn area. */
  readonly left: number;
  readonly width: number;
}

export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** The closest one can look. */
export const shortestSpan = 20_000;

export function toX(view: Viewport, time: number): number {
  return view.left + ((time - view.start) / (view.end - view.start)) * view.width;
}

export function toTime(view: Viewport, x: number): number {
  return view.start + ((x - view.left) / view.width) * (view.end - view.start);
}

export function nsPerPixel(view: Viewport): number {
  return (view.end - view.start) / Math.max(1, view.width);
}

/** The whole run with a little air, so that its ends are seen as ends. */
export function wholeRun(duration: number): TimeSpan {
  const length = Math.max(duration, shortestSpan);
  return { start: -length * 0.005, end: length * 1.01 };
}

/** Zooms by a factor (below 1: closer) so that `at` stays where it is. */
export function zoomed(span: TimeSpan, factor: number, at: number, duration: number): TimeSpan {
  const whole = wholeRun(duration);
  const length = Math.min(Math.max((span.end - span.start) * factor, shortestSpan), whole.end - whole.start);
  const ratio = length / (span.end - span.start);
  return clamped({ start: at - (at - span.start) * ratio, end: at + (span.end - at) * ratio }, duration);
}

/** Pans by a part of what is seen. */
export function panned(span: TimeSpan, part: number, duration: number): TimeSpan {
  const shift = (span.end - span.start) * part;
  return clamped({ start: span.start + shift, end: span.end + shift }, duration);
}

/** Shows a stretch with some air on either side. */
export function fitted(from: number, to: number, duration: number, air = 0.04): TimeSpan {
  const length = Math.max(to - from, shortestSpan / (1 + 2 * air));
  const middle = (from + to) / 2;
  return clamped({ start: middle - length * (0.5 + air), end: middle + length * (0.5 + air) }, duration);
}

/** Keeps the view on the run; its length does not change unless it is longer than the run. */
export function clamped(span: TimeSpan, duration: number): TimeSpan {
  const whole = wholeRun(duration);
  const length = span.end - span.start;
  if (length >= whole.end - whole.start) return whole;
  const start = Math.min(Math.max(span.start, whole.start), whole.end - length);
  return { start, end: start + length };
}

/** Moves the view just so far that a slice is seen. */
export function revealing(span: TimeSpan, from: number, to: number, duration: number): TimeSpan {
  const length = span.end - span.start;
  if (from >= span.start && to <= span.end) return span;
  if (to - from > length * 0.9) return from < span.end && to > span.start ? span : fitted(from, to, duration);
  const middle = (from + to) / 2;
  return clamped({ start: middle - length / 2, end: middle + length / 2 }, duration);
}

/** Times for the ruler: steps of 1, 2 or 5 times a power of ten, at least `least` px apart. */
export function rulerTicks(view: Viewport, least = 86): { readonly step: number; readonly times: readonly number[] } {
  const wanted = (least / view.width) * (view.end - view.start);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= wanted) ?? power * 10;
  const times: number[] = [];
  for (let time = Math.ceil(Math.max(0, view.start) / step) * step; time <= view.end; time += step) times.push(time);
  return { step, times };
}

/** The view at a moment of a move from one span to another, `t` from 0 to 1. */
export function between(from: TimeSpan, to: TimeSpan, t: number): TimeSpan {
  const eased = 1 - (1 - t) ** 3;
  return { start: from.start + (to.start - from.start) * eased, end: from.end + (to.end - from.end) * eased };
}
