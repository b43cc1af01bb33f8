import { nameOf, trackOf } from "../../../src/trace/trace";
import { isProcessor } from "../../../src/trace/tracks";
import { durationText, thousands } from "../../shared/format";
import { button } from "../../shared/controls";
import { element } from "../../shared/dom";
import type { TimelineModel } from "../model";
import { factsOf, list, section, valueText } from "./facts";
import { placement } from "./placement";
import { times } from "./times";
import { why } from "./why";
import { timeRows, workRows } from "./work";

export interface DetailsActions {
  close(): void;
  copy(): void;
  select(slice: number): void;
  fit(slice: number): void;
  /** The op's cell in the partition, and an override of its placement: for what a plan places. */
  showInPartition(op: string): void;
  override(op: string): void;
}

/** The selected slice: what it is, how long it took, the work it did, and why it ran there. */
export function sliceDetails(model: TimelineModel, slice: number, actions: DetailsActions): HTMLElement {
  const { trace } = model;
  const name = nameOf(trace, slice);
  const track = trackOf(trace, slice);
  const facts = factsOf(trace, slice);
  const isOp = track !== undefined && isProcessor(track.kind) && name.kind !== "";
  const isJoin = track?.kind === "joins";
  return element(
    "div",
    { className: "details-content" },
    element(
      "div",
      { className: "details-title" },
      element("span", { className: "strong", title: name.text }, name.text === "" ? "unnamed slice" : name.text),
      button({ label: "Close details", appearance: "icon", icon: "close", onClick: () => actions.close() }),
    ),
    placement(model, slice, track, facts, (other) => actions.select(other)),
    isOp || isJoin ? times(model, slice) : undefined,
    section("Time", list(timeRows(model, slice, track))),
    isOp && section(facts.has("share") ? "Work of this half" : "Work", list(workRows(model, slice, track, facts))),
    ...(isOp ? why(model, slice, facts) : []),
    isOp && amongItsLike(model, slice),
    isJoin && facts.has("op") && section("Waited for", list([["Op", waitedFor(facts)]])),
    !isOp &&
      !isJoin &&
      facts.size > 0 &&
      section("Annotations", list([...facts].map(([key, value]) => [key, valueText(value)] as const))),
    links(model, slice, name.kind === "matmul", actions),
  );
}

function links(model: TimelineModel, slice: number, isMatmul: boolean, actions: DetailsActions): HTMLElement {
  const op = nameOf(model.trace, slice).text;
  const planned: readonly (readonly [string, () => void])[] =
    isMatmul && model.plan.ok
      ? [
          ["Show in partition", () => actions.showInPartition(op)],
          ["Override this op…", () => actions.override(op)],
        ]
      : [["Fit in view", () => actions.fit(slice)]];
  const all = [...planned, ["Copy as JSON", () => actions.copy()] as const];
  return element(
    "div",
    { className: "details-links" },
    ...all.flatMap(([text, onclick], i) => [
      i > 0 && element("span", { className: "muted", attrs: { "aria-hidden": "true" } }, "·"),
      element("button", { className: "link", onclick }, text),
    ]),
  );
}

function waitedFor(facts: ReturnType<typeof factsOf>): string {
  const layer = facts.get("layer");
  const op = valueText(facts.get("op") ?? "");
  return typeof layer === "number" ? `blk.${layer}.${op}` : op;
}

/** How this slice stands among those of the same op: is it the op that is slow, or this one? */
function amongItsLike(model: TimelineModel, slice: number): HTMLElement | false {
  const like = model.durationsLike(slice);
  if (like.length < 3) return false;
  const at = (part: number): number => like[Math.min(like.length - 1, Math.floor(like.length * part))] ?? 0;
  return section(
    `Among ${thousands(like.length)} × ${nameOf(model.trace, slice).op}`,
    list([
      ["Median", durationText(at(0.5))],
      ["Range", `${durationText(at(0))} – ${durationText(like[like.length - 1] ?? 0)}`],
    ]),
  );
}
