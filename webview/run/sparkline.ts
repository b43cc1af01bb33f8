import { figures, thousands } from "../shared/format";
import { element } from "./dom";

const width = 500;
const height = 34;
const svg = "http://www.w3.org/2000/svg";

/** Decode rate per token, from zero, so that a dip looks as deep as it is. */
export class Sparkline {
  readonly root = element("div", "sparkline");
  private readonly line = document.createElementNS(svg, "polyline");
  private readonly picture = document.createElementNS(svg, "svg");
  private readonly left = element("span");
  private readonly right = element("span");

  constructor() {
    this.picture.setAttribute("viewBox", `0 0 ${String(width)} ${String(height)}`);
    this.picture.setAttribute("preserveAspectRatio", "none");
    this.picture.setAttribute("role", "img");
    this.line.setAttribute("vector-effect", "non-scaling-stroke");
    this.picture.append(this.line);
    this.root.append(this.picture, element("div", "axis", this.left, this.right));
  }

  /** @param tokens the axis ends at this token, or at the last one where there are more. */
  draw(rates: readonly number[], tokens: number): void {
    this.root.classList.toggle("hidden", rates.length < 2);
    if (rates.length < 2) return;
    const top = scaleEnd(rates);
    const last = Math.max(tokens, rates.length + 1);
    this.line.setAttribute("points", points(rates, top, last));
    this.left.textContent = `tok/s per token, 0 to ${figures(top)}`;
    this.right.textContent = `token ${thousands(last)}`;
    this.picture.setAttribute(
      "aria-label",
      `Decode rate of ${String(rates.length)} tokens, 0 to ${figures(top)} tok/s`,
    );
  }
}

/**
 * The end of the scale: a little above the 95th percentile, so that one token that arrived together with another
 * does not flatten the rest; higher ones touch the top.
 */
export function scaleEnd(rates: readonly number[]): number {
  const sorted = [...rates].sort((a, b) => a - b);
  const high = sorted[Math.floor((sorted.length - 1) * 0.95)] ?? 0;
  const step = 10 ** Math.floor(Math.log10(Math.max(high * 1.2, 1e-6))) / 2;
  return Math.ceil((high * 1.2) / step) * step;
}

function points(rates: readonly number[], top: number, last: number): string {
  return rates
    .map((rate, index) => {
      const x = ((index + 1) / last) * width;
      const y = height - 1 - (Math.min(rate, top) / top) * (height - 2);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
