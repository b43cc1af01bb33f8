import type { Disposable } from "../../src/base/disposable";
import { DisposableStore, toDisposable } from "../../src/base/disposable";
import { type Result, success } from "../../src/base/result";
import { type MatrixCell, localName } from "../../src/plan/matrix";
import type { Plan } from "../../src/plan/types";
import { OpTimes } from "../../src/trace/analysis/opTimes";
import "../plan/partition";
import type { PartitionSource } from "../plan/partition";
import { element } from "../shared/dom";
import type { Host } from "./host";
import { originBadge, titleParts } from "./header";
import type { TimelineModel } from "./model";
import type { Store } from "./state";
import { tabSegment } from "./tabs";

/** What the plan's pages ask of the page around them. */
export interface PlanPageActions {
  /** Shows the slices of an op in the timeline; `slice` is one of them, where the run has it in such a step. */
  showSlices(query: string, slice: number | undefined): void;
}

/** The plan of a trace and what its slices say, each worked out once. */
export class RunPlan {
  private times: OpTimes | undefined;

  constructor(private readonly model: TimelineModel) {}

  get result(): Result<Plan> {
    return this.model.plan;
  }

  get opTimes(): OpTimes {
    return (this.times ??= new OpTimes(this.model.trace));
  }

  source(): Result<PartitionSource> {
    const { plan } = this.model;
    if (!plan.ok) return plan;
    const { header } = this.model.trace;
    return success({
      plan: plan.value,
      promptTokens: header?.promptTokens,
      seen: {
        of: (pass, first, last) => this.opTimes.of(pass, first, last),
        lengths: (pass) => this.opTimes.lengths(pass),
      },
      seenIs: this.model.modeled ? "simulated" : "measured",
    });
  }
}

/** The partition as a page: header, tools, layers by ops. */
export class PartitionPage implements Disposable {
  readonly root: HTMLElement;
  private readonly owned = new DisposableStore();
  private readonly view = document.createElement("tandem-partition");

  constructor(
    model: TimelineModel,
    private readonly run: RunPlan,
    private readonly store: Store,
    host: Host,
    private readonly actions: PlanPageActions,
  ) {
    const { view } = this;
    const source = run.source();
    if (source.ok) view.source = source.value;
    else view.problem = source.failure;
    view.tabs = tabSegment(store);
    view.state = store.state.partition;
    this.root = element("div", { className: "full plan-page" }, planHeader(model, run), view);
    view.addEventListener("plan-state", ({ detail }) =>
      store.update({ partition: { ...store.state.partition, ...detail } }),
    );
    view.addEventListener("plan-slices", ({ detail }) => this.showSlices(detail));
    view.addEventListener("plan-override", ({ detail }) => host.override(detail.op.name));
    view.addEventListener("plan-curve", ({ detail: { op } }) => {
      store.update({ tab: "shapes", shapes: { ...store.state.shapes, op: localName(op) } });
    });
    this.owned.add(
      store.onChange((changed) => {
        if (changed.includes("partition")) view.state = store.state.partition;
      }),
    );
    this.owned.add(toDisposable(() => this.root.remove()));
  }

  dispose(): void {
    this.owned.dispose();
  }

  private showSlices({ op }: MatrixCell): void {
    const { pass } = this.store.state.partition;
    const { opTimes } = this.run;
    const slice = opTimes.of(pass, 0, Infinity).get(op.name)?.slice;
    this.actions.showSlices(op.name, slice);
  }
}

/** Which model on which device, and where the plan's times come from. */
export function planHeader(model: TimelineModel, run: RunPlan): HTMLElement {
  const plan = run.result.ok ? run.result.value : undefined;
  return element(
    "header",
    { className: "full-header" },
    element(
      "div",
      { className: "title-line" },
      ...titleParts(model, true).filter((part) => !part.classList.contains("badge")),
      ...(plan === undefined
        ? []
        : [
            originBadge(true),
            element(
              "span",
              { className: "muted" },
              plan.origin === "measured"
                ? "from the measured profile of this device"
                : `from the description of ${plan.costModel}`,
            ),
          ]),
      element("span", { className: "grow" }),
    ),
  );
}
