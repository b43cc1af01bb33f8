import { otherHalf } from "../../../src/trace/navigate";
import type { Track } from "../../../src/trace/trace";
import { element } from "../../shared/dom";
import { strategyGlyph } from "../../plan/glyph";
import type { TimelineModel } from "../model";
import { type Facts, numberOf, textOf } from "./facts";
import { processorText } from "./times";

/** Where it ran: the strategy's glyph, this part and the other one. */
export function placement(
  model: TimelineModel,
  slice: number,
  track: Track | undefined,
  facts: Facts,
  select: (slice: number) => void,
): HTMLElement {
  const strategy = textOf(facts, "strategy");
  const where = track === undefined ? "" : (processorText[track.kind] ?? track.name);
  if (strategy === undefined || track === undefined)
    return element("p", { className: "muted" }, `on track ${track?.name ?? ""}`);
  const half = otherHalf(model.trace, slice);
  const share = numberOf(facts, "share");
  const part = (share ?? 1000) / 1000;
  const gpuShare = track.kind === "npu" ? 1 - part : part;
  const whole = half === undefined || share === undefined;
  return element(
    "div",
    { className: "placement" },
    strategyGlyph(strategy, gpuShare),
    element(
      "span",
      {},
      element("b", { className: "strong" }, strategy),
      whole ? "" : ` — ${strategy === "activation" ? "tokens" : "rows"} split ${ratioText(gpuShare)}`,
      element("br"),
      whole
        ? element("span", { className: "muted" }, `all of it on the ${where}`)
        : element(
            "span",
            { className: "muted" },
            `${where} half selected, `,
            element("button", { className: "link", onclick: () => select(half) }, "the other one outlined"),
          ),
    ),
  );
}

/** Two shares as people say them: 2 : 3 where that is true to 1.5 %, else in percent. `part`: the first one, 0 to 1. */
export function ratioText(part: number): string {
  for (let sum = 1; sum <= 10; sum++) {
    const first = Math.round(part * sum);
    if (Math.abs(first / sum - part) < 0.015) return `${first} : ${sum - first}`;
  }
  const percent = Math.round(part * 100);
  return `${percent} : ${100 - percent}`;
}
