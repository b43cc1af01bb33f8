import { type Trace, endOf, nameOf, rowOf, startOf } from "../../src/trace/trace";
import { element } from "../shared/dom";
import { durationText, thousands } from "../shared/format";
import type { Marks } from "../../src/trace/visible";

/** What lies under the pointer, beside it. */
export class Tooltip {
  readonly root = element("div", { className: "tooltip hidden", attrs: { role: "tooltip" } });

  show(
    trace: Trace,
    slice: number | undefined,
    hidden: number,
    modeled: boolean,
    x: number,
    y: number,
    width: number,
  ): void {
    this.root.classList.toggle("hidden", slice === undefined);
    if (slice === undefined) return;
    const track = trace.tracks[trace.rows[rowOf(trace, slice)]?.track ?? -1];
    const took = (modeled ? "≈ " : "") + durationText(endOf(trace, slice) - startOf(trace, slice));
    this.root.replaceChildren(
      element("b", { className: "strong" }, nameOf(trace, slice).text),
      element("span", { className: "muted" }, ` ${took} · ${track?.name ?? ""}`),
      ...(hidden === 0
        ? []
        : [
            element(
              "div",
              { className: "muted" },
              `longest of ${thousands(hidden + 1)} slices here; zoom in to see them`,
            ),
          ]),
    );
    // On the side with more room: its size need not be known, which would cost a layout with every move.
    const onLeft = x > width / 2;
    this.root.style.left = onLeft ? "auto" : `${x + 14}px`;
    this.root.style.right = onLeft ? `${width - x + 10}px` : "auto";
    this.root.style.top = `${y + 16}px`;
  }
}

/** How many slices the mark at a time hides. */
export function hiddenAt(marks: Marks | undefined, time: number): number {
  if (marks === undefined) return 0;
  let low = 0;
  let high = marks.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks.start[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time < (marks.end[low - 1] as number) ? (marks.hidden[low - 1] as number) : 0;
}
