import type { WallTime } from "../../src/trace/states";
import { svg } from "../shared/dom";

export const barHeight = 12;

/** GPU | both | NPU | CPU | sync | idle, in this order: the bar's length is wall time, so overlap is seen as overlap. */
export function wallBar(wall: WallTime, end: number, width: number, modeled: boolean): SVGSVGElement {
  const bar = svg("svg", {
    width,
    height: barHeight,
    class: modeled ? "bar modeled-bar" : "bar",
    "aria-hidden": "true",
  });
  const scale = width / end;
  let x = 0;
  const put = (ns: number, draw: (x: number, w: number) => SVGElement[], least = 0.6): void => {
    if (ns <= 0 || x > width) return;
    bar.append(...draw(x, Math.max(least, ns * scale - 0.5)));
    x += Math.max(ns * scale, least > 1 ? least : 0);
  };
  const box = (left: number, top: number, w: number, h: number, fill: string): SVGElement =>
    svg("rect", { x: left, y: top, width: w, height: h, fill, class: "part" });
  put(wall.gpu, (left, w) => [box(left, 0, w, barHeight, "var(--tandem-gpu)")]);
  put(wall.both, (left, w) => [
    box(left, 0, w, barHeight / 2 - 0.5, "var(--tandem-gpu)"),
    box(left, barHeight / 2 + 0.5, w, barHeight / 2 - 0.5, "var(--tandem-npu)"),
  ]);
  put(wall.npu, (left, w) => [box(left, 0, w, barHeight, "var(--tandem-npu)")]);
  put(wall.cpu, (left, w) => [box(left, 0, w, barHeight, "var(--tandem-cpu)")]);
  put(wall.sync, (left, w) => hatched(left, w), 3);
  put(wall.idle, (left, w) => [
    svg("rect", {
      x: left + 0.5,
      y: 0.5,
      width: Math.max(0.5, w - 1),
      height: barHeight - 1,
      fill: "none",
      stroke: "var(--idle)",
    }),
  ]);
  if (modeled) {
    bar.append(
      svg("rect", {
        x: 0.5,
        y: 0.5,
        width: Math.max(1, Math.min(x, width) - 1),
        height: barHeight - 1,
        fill: "none",
        stroke: "var(--text)",
        "stroke-dasharray": "3 2.5",
      }),
    );
  }
  return bar;
}

/** Sync keeps its hatch at any width of at least 3 px. */
function hatched(x: number, width: number): SVGElement[] {
  const w = Math.max(3, width);
  const parts: SVGElement[] = [
    svg("rect", {
      x: x + 0.5,
      y: 0.5,
      width: w - 1,
      height: barHeight - 1,
      fill: "none",
      stroke: "var(--tandem-sync)",
    }),
  ];
  for (let at = -barHeight + 3; at < w; at += 4) {
    const from = Math.max(0, at);
    const to = Math.min(w, at + barHeight);
    if (to > from) {
      parts.push(
        svg("line", {
          x1: x + from,
          y1: barHeight - (from - at),
          x2: x + to,
          y2: barHeight - (to - at),
          stroke: "var(--tandem-sync)",
          "stroke-width": 1.4,
        }),
      );
    }
  }
  return parts;
}
