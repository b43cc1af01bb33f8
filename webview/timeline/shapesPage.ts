import type { Disposable } from "../../src/base/disposable";
import { type Result, failure, success } from "../../src/base/result";
import { costsOfTrace, curveTokens, shapesOf, worthTrying } from "../../src/plan/curves";
import type { CostSource, Plan, ProfileCurvesResult } from "../../src/plan/types";
import "../plan/shapes";
import type { LengthDetail, ShapesSource } from "../plan/shapes";
import { element } from "../shared/dom";
import type { Host } from "./host";
import type { TimelineModel } from "./model";
import { type RunPlan, planHeader } from "./planPages";
import type { Store } from "./state";
import { tabSegment } from "./tabs";

/** The candidates of a length are asked for when the cursor rests there. */
const restMs = 150;
/** A standard length is worth a word where it makes the op faster by this part. */
const worthwhile = 0.03;

/** The shape explorer as a page: it asks the agent for the curves and hands them to the element. */
export class ShapesPage implements Disposable {
  readonly root: HTMLElement;
  private readonly view = document.createElement("tandem-shapes");
  private readonly ending = new AbortController();
  private readonly forgetState: Disposable;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;
  private costs: CostSource = {};

  constructor(
    private readonly model: TimelineModel,
    run: RunPlan,
    store: Store,
    private readonly host: Host,
  ) {
    const { view } = this;
    view.tabs = tabSegment(store);
    view.state = store.state.shapes;
    this.root = element("div", { className: "full plan-page" }, planHeader(model, run), view);
    view.addEventListener("shapes-state", ({ detail }) =>
      store.update({ shapes: { ...store.state.shapes, ...detail } }),
    );
    this.forgetState = store.onChange((changed) => {
      if (!changed.includes("shapes")) return;
      view.state = store.state.shapes;
      this.askDetailAtRest();
    });
    const plan = run.result;
    const costs = costsOfTrace(model.trace.header?.json);
    if (!plan.ok) view.problem = plan.failure;
    else if (!costs.ok) view.problem = costs.failure;
    else this.begin(plan.value, costs.value);
  }

  dispose(): void {
    clearTimeout(this.resting);
    this.asking?.abort();
    this.ending.abort();
    this.forgetState.dispose();
    this.root.remove();
  }

  private begin(plan: Plan, costs: CostSource): void {
    const promptTokens = this.model.trace.header?.promptTokens;
    const source: ShapesSource = { plan, shapes: shapesOf(plan), tokens: curveTokens(promptTokens), promptTokens };
    this.costs = costs;
    this.view.source = source;
    this.view.addEventListener("shapes-retry", () => void this.ask(source, costs));
    void this.ask(source, costs);
  }

  private async ask(source: ShapesSource, costs: CostSource): Promise<void> {
    const { view, ending } = this;
    view.curves = "asking";
    const matmuls = source.shapes.map(({ n, k, type }) => ({ n, k, type }));
    const settings = withoutOverrides(source.plan);
    const params = { costs, matmuls, tokens: [...source.tokens], settings };
    const answer = await this.host.curves(params, ending.signal);
    if (ending.signal.aborted) return;
    view.curves = answer.ok ? answer.value : answer.failure;
    if (answer.ok) this.askDetailAtRest();
    else this.host.report(answer.failure.code, answer.failure.message);
  }

  private askDetailAtRest(): void {
    clearTimeout(this.resting);
    this.asking?.abort();
    this.resting = setTimeout(() => void this.askDetail(), restMs);
  }

  private async askDetail(): Promise<void> {
    const { source, shown, detail } = this.view;
    if (source === undefined || shown === undefined) return;
    const { shape, index } = shown;
    const tokens = source.tokens[index] ?? 1;
    if (detail?.shape === shape && detail.tokens === tokens) return;
    const asking = (this.asking = new AbortController());
    const found = await this.detailOf(source.plan, shape, tokens, asking.signal);
    if (asking.signal.aborted || this.ending.signal.aborted) return;
    if (found.ok) this.view.detail = found.value;
    this.view.detailProblem = found.ok ? undefined : found.failure;
  }

  private async detailOf(
    plan: Plan,
    shape: LengthDetail["shape"],
    tokens: number,
    signal: AbortSignal,
  ): Promise<Result<LengthDetail>> {
    const { n, k, type } = shape;
    const settings = withoutOverrides(plan);
    const at = (standardLengths: number[] | undefined): Promise<Result<ProfileCurvesResult>> => {
      const changed = standardLengths === undefined ? settings : { ...settings, standardLengths };
      const params = {
        costs: this.costs,
        matmuls: [{ n, k, type }],
        tokens: [tokens],
        settings: changed,
        candidates: true,
      };
      return this.host.curves(params, signal);
    };
    const answer = await at(undefined);
    if (!answer.ok) return answer;
    const placement = answer.value.curves[0]?.placements[0];
    if (placement === undefined) return failure("curves-empty", "The agent gave no placement: update the agent.");
    const length = worthTrying(tokens, settings);
    if (length === undefined || !answer.value.hasNpu) return success({ shape, tokens, placement });
    const other = await at([...(settings.standardLengths ?? []), length].sort((a, b) => a - b));
    const us = other.ok ? other.value.curves[0]?.placements[0]?.chosen.totalUs : undefined;
    const helps = us !== undefined && us < placement.chosen.totalUs * (1 - worthwhile);
    return success({ shape, tokens, placement, ...(helps ? { worth: { length, us } } : {}) });
  }
}

/** Overrides name ops, which a shape is not. */
function withoutOverrides({ settings }: Plan): Plan["settings"] {
  return { ...settings, overrides: [] };
}
