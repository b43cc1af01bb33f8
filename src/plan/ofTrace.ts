import { type Result, failure, success } from "../base/result";
import { planInHeader } from "./traced";
import type { Plan } from "./types";

/** The header of a trace, as far as a plan is looked for in it. */
export interface PlanHolder {
  readonly plan?: unknown;
  readonly model?: unknown;
}

/** The plan that a trace carries, or why there is none to show. Errors: `plan-missing`, `plan-damaged`, `plan-other-model`. */
export function planOfTrace(header: PlanHolder | undefined): Result<Plan> {
  const { plan, model } = header ?? {};
  if (plan === undefined || plan === null)
    return failure(
      "plan-missing",
      "This run was made without a plan, since one processor ran everything: run it on a device with a GPU or NPU, or simulate it.",
    );
  const checked = planInHeader(plan);
  if (checked === undefined)
    return failure(
      "plan-damaged",
      "The plan in this trace cannot be read, since parts of it are missing or lead nowhere: run the model again.",
    );
  const layers = typeof model === "object" && model !== null && "layers" in model ? model.layers : undefined;
  const planned = new Set(checked.ops.flatMap(({ layer }) => (layer === null ? [] : [layer]))).size;
  if (typeof layers === "number" && layers !== planned)
    return failure(
      "plan-other-model",
      `The plan in this trace is for a model of ${planned} layers, and the model that ran has ${layers}: run the model again.`,
    );
  return success(checked);
}
