import { svg } from "../shared/dom";

/** Least part that is drawn, so that a sliver is seen. */
const leastPart = 4;

export interface GlyphOptions {
  /** px. */
  readonly width?: number;
  readonly height?: number;
  /** NPU graphs that run one after the other. */
  readonly pieces?: number;
  /** Part of the NPU's tokens that is no padding, 0 to 1; default: about what is usual, for a legend. */
  readonly used?: number;
  /** Colour of the part that is not the NPU's; default `gpu`. */
  readonly primary?: "gpu" | "cpu";
}

/**
 * The strategy as the op's output matrix: wide = features, tall = tokens. GPU left or below, NPU the rest, padding
 * dashed and hollow. The six differ by shape, also in grey. Source: design, section 1.
 * @param gpuShare part of the rows (or tokens) that the GPU computes, 0 to 1.
 */
export function strategyGlyph(strategy: string, gpuShare: number, options: GlyphOptions = {}): SVGSVGElement {
  const { width = 44, height = 22, pieces = 1, used = 0.72, primary = "gpu" } = options;
  const gpu = `var(--tandem-${primary})`;
  const npu = "var(--tandem-npu)";
  const box = (x: number, y: number, w: number, h: number, fill: string): SVGElement =>
    svg("rect", { x, y, width: Math.max(0, w), height: Math.max(0, h), fill });
  const hollow = (x: number, y: number, w: number, h: number): SVGElement =>
    svg("rect", {
      x: x + 0.5,
      y: y + 0.5,
      width: Math.max(0, w - 1),
      height: Math.max(1, h - 1),
      fill: "none",
      stroke: npu,
      "stroke-dasharray": "2 1.5",
    });
  const cut = Math.min(width - leastPart, Math.max(leastPart, Math.round(width * gpuShare)));
  // The hollow foot stays at least as high as its outline.
  const foot = Math.min(height - leastPart, Math.max(leastPart, Math.round(height * used)));
  const stacked = (x: number, w: number, h: number): SVGElement[] => {
    const shown = Math.min(pieces, Math.max(1, Math.floor(h / leastPart)));
    const step = h / shown;
    return Array.from({ length: shown }, (_, i) =>
      box(x, Math.round(i * step), w, Math.round((i + 1) * step) - Math.round(i * step) - (i + 1 < shown ? 1 : 0), npu),
    );
  };
  const parts = (): SVGElement[] => {
    switch (strategy) {
      case "npu":
        return stacked(0, width, height);
      case "pad":
        return [...stacked(0, width, foot), hollow(0, foot, width, height - foot)];
      case "weight":
        return [box(0, 0, cut - 0.75, height, gpu), box(cut + 0.75, 0, width - cut - 0.75, height, npu)];
      case "activation": {
        const y = Math.min(height - leastPart, Math.max(leastPart, Math.round(height * (1 - gpuShare))));
        return [box(0, y + 1, width, height - y - 1, gpu), ...stacked(0, width, y)];
      }
      case "hybrid":
        return [
          box(0, 0, cut - 0.75, height, gpu),
          ...stacked(cut + 0.75, width - cut - 0.75, foot),
          hollow(cut + 0.75, foot, width - cut - 0.75, height - foot),
        ];
      default:
        return [box(0, 0, width, height, strategy === "gpu" ? "var(--tandem-gpu)" : "var(--tandem-cpu)")];
    }
  };
  return svg(
    "svg",
    {
      class: "glyph",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      // The name stands beside it, or is said by the cell.
      "aria-hidden": "true",
      "shape-rendering": "crispEdges",
    },
    ...parts(),
  );
}
