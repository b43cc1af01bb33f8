import { svg } from "../shared/dom";

/** Least part that is drawn, so that a sliver is seen. */
const leastPart = 4;

/**
 * The strategy as the op's output matrix: wide = features, tall = tokens. GPU left or below, NPU the rest, padding
 * dashed and hollow. The six differ by shape, also in grey. Source: design, section 1.
 * @param gpuShare part of the rows (or tokens) that the GPU computes, 0 to 1.
 */
export function strategyGlyph(strategy: string, gpuShare: number, width = 44, height = 22): SVGSVGElement {
  const gpu = "var(--tandem-gpu)";
  const npu = "var(--tandem-npu)";
  const box = (x: number, y: number, w: number, h: number, fill: string): SVGElement =>
    svg("rect", { x, y, width: Math.max(0, w), height: Math.max(0, h), fill });
  const hollow = (x: number, y: number, w: number, h: number): SVGElement =>
    svg("rect", {
      x: x + 0.5,
      y: y + 0.5,
      width: w - 1,
      height: Math.max(1, h - 1),
      fill: "none",
      stroke: npu,
      "stroke-dasharray": "2 1.5",
    });
  const cut = Math.min(width - leastPart, Math.max(leastPart, Math.round(width * gpuShare)));
  const foot = Math.round(height * 0.72);
  const parts = (): SVGElement[] => {
    switch (strategy) {
      case "gpu":
        return [box(0, 0, width, height, gpu)];
      case "npu":
        return [box(0, 0, width, height, npu)];
      case "pad":
        return [box(0, 0, width, foot, npu), hollow(0, foot, width, height - foot)];
      case "weight":
        return [box(0, 0, cut - 0.75, height, gpu), box(cut + 0.75, 0, width - cut - 0.75, height, npu)];
      case "activation": {
        const y = Math.min(height - leastPart, Math.max(leastPart, Math.round(height * (1 - gpuShare))));
        return [box(0, y + 0.5, width, height - y - 0.5, gpu), box(0, 0, width, y - 0.5, npu)];
      }
      case "hybrid":
        return [
          box(0, 0, cut - 0.75, height, gpu),
          box(cut + 0.75, 0, width - cut - 0.75, foot, npu),
          hollow(cut + 0.75, foot, width - cut - 0.75, height - foot),
        ];
      default:
        return [box(0, 0, width, height, "var(--tandem-cpu)")];
    }
  };
  return svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": strategy,
      "shape-rendering": "crispEdges",
    },
    ...parts(),
  );
}
