import { type Roofline, type RooflinePoint, reachable } from "../../../src/trace/analysis/roofline";
import { svg } from "../../shared/dom";
import { durationText, figures, fixed, narrowSpace } from "../../shared/format";
import { flopRate } from "../details/work";
import { processorNames } from "./context";

const size = { width: 400, height: 190 } as const;
const inner = { left: 42, right: 10, top: 14, bottom: 30 } as const;
/** Radii of the points in px; areas are in proportion to the time. */
const radius = { least: 2.5, most: 11 } as const;

/** From one value to a greater one, by powers of ten. */
export interface LogSpan {
  readonly from: number;
  readonly to: number;
}

/** What the plot has to reach: every point, and the ridge of every roof. */
export function rooflineSpans({ points, roofs }: Roofline): { readonly x: LogSpan; readonly y: LogSpan } {
  const ridges = Object.values(roofs).map((roof) => roof.flopsPerSecond / roof.bytesPerSecond);
  const x = spanOf([...points.map(({ intensity }) => intensity), ...ridges]);
  const tops = Object.values(roofs).map((roof) => roof.flopsPerSecond);
  return { x, y: spanOf([...points.map(({ flopsPerSecond }) => flopsPerSecond), ...tops]) };
}

/** A little wider than its values, so that none lies on the frame. */
function spanOf(values: readonly number[]): LogSpan {
  return { from: Math.min(...values) / 1.8, to: Math.max(...values) * 1.8 };
}

/** Part of the span below a value, 0 to 1 inside of it. */
export function logPart({ from, to }: LogSpan, value: number): number {
  return Math.log(value / from) / Math.log(to / from);
}

/** Operations per second over operations per byte, both by powers of ten: a circle per op, a line per roof. */
export function rooflinePlot(roofline: Roofline): SVGSVGElement {
  const { x, y } = rooflineSpans(roofline);
  const toX = (value: number): number => inner.left + logPart(x, value) * (size.width - inner.left - inner.right);
  const toY = (value: number): number =>
    size.height - inner.bottom - logPart(y, value) * (size.height - inner.top - inner.bottom);
  const plot = svg("svg", {
    class: "roofline-plot",
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "img",
    "aria-label": "Roofline: operations per second over operations per byte. The table beside it has the same values.",
  });
  for (const value of decades(x)) {
    plot.append(line([toX(value), inner.top], [toX(value), size.height - inner.bottom], "grid"));
    plot.append(label(powerText(value), toX(value), size.height - inner.bottom + 13, "middle"));
  }
  for (const value of decades(y)) {
    plot.append(line([inner.left, toY(value)], [size.width - inner.right, toY(value)], "grid"));
    plot.append(label(powerText(value), inner.left - 5, toY(value) + 3.5, "end"));
  }
  plot.append(label("FLOP per byte", (inner.left + size.width) / 2, size.height - 4, "middle"));
  plot.append(label("FLOP/s", inner.left - 5, 8, "end"));
  for (const [kind, roof] of Object.entries(roofline.roofs)) {
    const places = [x.from, roof.flopsPerSecond / roof.bytesPerSecond, x.to].map(
      (at) => [toX(at), toY(Math.max(y.from, reachable(roof, at)))] as const,
    );
    plot.append(
      svg("polyline", {
        class: `roof on-${kind} ${roof.origin === "measured" ? "" : "is-modeled"}`,
        points: places.map((place) => place.join()).join(" "),
      }),
    );
  }
  const longest = Math.max(...roofline.points.map(({ ns }) => ns));
  // The longest first, so that none hides another.
  for (const point of roofline.points)
    plot.append(circle(point, toX(point.intensity), toY(point.flopsPerSecond), longest));
  return plot;
}

function circle(point: RooflinePoint, x: number, y: number, longest: number): SVGElement {
  const { op, processor, pass, ns, intensity, flopsPerSecond } = point;
  const made = svg("circle", {
    class: `point on-${processor} ${pass === "decode" ? "is-decode" : ""}`,
    cx: x,
    cy: y,
    r: Math.max(radius.least, radius.most * Math.sqrt(ns / longest)),
  });
  const title = svg("title", {});
  title.textContent = `${op} on ${processorNames[processor] ?? processor}, ${pass}: ${durationText(ns)}, ${flopRate(flopsPerSecond / 1e9)} at ${figures(intensity)}${narrowSpace}FLOP per byte`;
  made.append(title);
  return made;
}

const units = ["", "k", "M", "G", "T", "P"] as const;

/** "0.1", "100 G". */
function powerText(value: number): string {
  const power = Math.round(Math.log10(value));
  if (power < 0) return fixed(value, -power);
  const unit = units[Math.floor(power / 3)] ?? "";
  return `${10 ** (power % 3)}${unit === "" ? "" : narrowSpace + unit}`;
}

function decades({ from, to }: LogSpan): number[] {
  const values: number[] = [];
  for (let power = Math.ceil(Math.log10(from)); 10 ** power <= to; power++) values.push(10 ** power);
  return values;
}

function line(from: readonly [number, number], to: readonly [number, number], name: string): SVGElement {
  return svg("line", { class: name, x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
}

function label(text: string, x: number, y: number, anchor: "middle" | "end"): SVGElement {
  const made = svg("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}
