import { placementOf } from "../../../src/plan/traced";
import type { Plan } from "../../../src/plan/types";
import { placementWords } from "../../../src/plan/placementWords";
import { causeRemedy } from "../../../src/plan/words";
import { nameOf } from "../../../src/trace/trace";
import "../../plan/candidates";
import { element } from "../../shared/dom";
import type { TimelineModel } from "../model";
import { type Facts, matmulShape, section } from "./facts";

/** Why the plan put a matmul where it ran, what lost, and what would change it. Empty for what no plan places. */
export function why(model: TimelineModel, slice: number, facts: Facts): readonly HTMLElement[] {
  const shape = matmulShape(facts);
  if (shape === undefined || !model.own) return [];
  if (!model.plan.ok) return [section("Why", prose(model.plan.failure.message))];
  const plan = model.plan.value;
  const found = placementOf(plan, nameOf(model.trace, slice).text, shape.m);
  if (found === undefined) return [];
  const { op, placement } = found;
  const remedy = causeRemedy(placement.cause);
  const table = document.createElement("tandem-candidates");
  table.placement = placement;
  table.matmul = { n: op.n, tokens: shape.m, primary: plan.primary === "cpu" ? "cpu" : "gpu" };
  return [
    section(
      "Why",
      prose(placementWords({ op, placement, tokens: shape.m, plan })),
      remedy !== undefined && prose(remedy),
    ),
    section("Candidates", table, element("p", { className: "muted small" }, originText(plan))),
  ];
}

function prose(text: string): HTMLElement {
  return element("p", { className: "prose" }, text);
}

/** Candidates are predictions, even in a measured run: of which costs is said. */
function originText({ costModel, origin }: Plan): string {
  return `ms, predicted from ${costModel}, which is ${origin}.`;
}
