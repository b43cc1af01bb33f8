import { endOf, nameOf, startOf, trackOf } from "../../src/trace/trace";
import { element } from "../shared/dom";
import { durationText, signedPercent } from "../shared/format";
import { annotationsOf } from "../../src/trace/annotations";
import type { TimelineModel } from "./model";

/** What screen readers get in place of the canvas: changes as they happen, and the selection as a table. */
export class Announcer {
  private readonly live = element("div", { attrs: { "aria-live": "polite", role: "status" } });
  private readonly table = element("table", { attrs: { "aria-label": "Selected slice" } });
  private readonly overview = element("p");
  readonly root = element("div", { className: "unseen" }, this.live, this.overview, this.table);

  say(text: string): void {
    this.live.textContent = text;
  }

  select(model: TimelineModel, slice: number): void {
    this.say(selectionText(model, slice));
    const { trace } = model;
    const rows: (readonly [string, string])[] = [
      ["name", nameOf(trace, slice).text],
      ["track", trackOf(trace, slice)?.name ?? ""],
      ["start", durationText(startOf(trace, slice))],
      ["duration", durationText(endOf(trace, slice) - startOf(trace, slice))],
      ...annotationsOf(trace, slice).map(
        ({ name, value }) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)] as const,
      ),
    ];
    this.table.replaceChildren(
      element(
        "tbody",
        {},
        ...rows.map(([name, value]) =>
          element("tr", {}, element("th", { attrs: { scope: "row" } }, name), element("td", {}, value)),
        ),
      ),
    );
  }

  /** What there is to see at all. */
  describe(model: TimelineModel, nsPerPixel: number): void {
    const { trace } = model;
    const tracks = trace.tracks.filter(({ rows }) => rows.length > 0).map(({ name }) => name);
    this.overview.textContent = `${trace.slices.count} slices over ${durationText(trace.durationNs)} on ${tracks.join(", ")}; ${durationText(nsPerPixel)} per pixel.`;
  }
}

/** As the design has it: "blk.7.ffn_down, NPU half, 13.9 milliseconds, 1.1 percent faster than predicted". */
export function selectionText(model: TimelineModel, slice: number): string {
  const { trace } = model;
  const track = trackOf(trace, slice);
  const annotations = new Map(annotationsOf(trace, slice).map(({ name, value }) => [name, value]));
  const took = endOf(trace, slice) - startOf(trace, slice);
  const predicted = annotations.get("predicted_ns");
  const parts = [
    nameOf(trace, slice).text,
    `${track?.name ?? ""}${annotations.has("share") ? " half" : ""}`,
    `${model.modeled ? "modeled, " : ""}${spoken(took)}`,
  ];
  if (typeof predicted === "number" && predicted > 0 && !model.modeled) {
    const difference = took / predicted - 1;
    const size = signedPercent(Math.abs(difference)).replace(/[+\s%\u202f]/g, "");
    parts.push(`${size} percent ${difference < 0 ? "faster" : "slower"} than predicted`);
  }
  return parts.join(", ");
}

function spoken(ns: number): string {
  return durationText(ns)
    .replace(/\u202f/, " ")
    .replace(/ms$/, "milliseconds")
    .replace(/µs$/, "microseconds")
    .replace(/ s$/, " seconds");
}
