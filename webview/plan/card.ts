import { LitElement, type TemplateResult, html, nothing } from "lit";
import { placementWords, splitText } from "../../src/plan/placementWords";
import type { Placement, Plan, PlanOp } from "../../src/plan/types";
import { narrowSpace, signedPercent, thousands, tokenCount } from "../shared/format";
import "./candidates";
import { candidateGlyph, msText } from "./candidates";

/** What a run's slices say of the op, in steps of these tokens. */
export interface SeenTime {
  readonly meanNs: number;
  readonly steps: number;
}

export interface CardContent {
  readonly op: PlanOp;
  readonly placement: Placement;
  /** Of the step. */
  readonly tokens: number;
  /** At which the times were predicted: the longest step that the placement is for. */
  readonly predictedAt: number;
  readonly plan: Pick<Plan, "settings" | "primary">;
  readonly seen: SeenTime | undefined;
  /** Whether that comes from a device or from a simulation. */
  readonly seenIs: "measured" | "simulated";
  /** The other plan that this one is compared with, where it places the op otherwise. */
  readonly other: Placement | undefined;
  readonly keys: boolean;
}

/** `<tandem-plan-card>`: one op's placement, why it won, and what lost. */
export class PlanCard extends LitElement {
  static override properties = { content: { attribute: false } };
  declare content: CardContent | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { content } = this;
    if (content === undefined) return html``;
    const { op, placement, tokens, predictedAt, plan, other } = content;
    const primary = plan.primary === "cpu" ? "cpu" : "gpu";
    const matmul = { n: op.n, tokens, primary } as const;
    const { chosen } = placement;
    return html`<div class="card-title">
        <b class="strong">${op.name}</b
        ><span class="muted">[${thousands(tokens)}, ${thousands(op.k)}, ${thousands(op.n)}] ${op.type ?? ""}</span>
      </div>
      <div class="card-choice">
        ${candidateGlyph(chosen, matmul, { width: 72, height: 34 })}
        <span
          ><b class="strong">${chosen.strategy}</b> ${splitText(chosen, op.n, tokens)}<br /><span class="muted"
            >predicted ${msText(chosen.totalUs)}${narrowSpace}ms${seenText(content)}</span
          ></span
        >
      </div>
      <p>${placementWords({ op, placement, tokens, plan })}</p>
      <tandem-candidates .placement=${placement} .matmul=${matmul}></tandem-candidates>
      ${
        predictedAt === tokens
          ? nothing
          : html`<p class="muted small">Times are those of ${tokenCount(predictedAt)}, the longest step placed so.</p>`
      }
      ${
        other === undefined
          ? nothing
          : html`<p class="differs-note">
              The other plan: <b class="strong">${other.chosen.strategy}</b> ${splitText(other.chosen, op.n, tokens)},
              ${msText(other.chosen.totalUs)}${narrowSpace}ms.
            </p>`
      }
      ${
        content.keys
          ? html`<div class="card-keys muted small">
              <kbd>Enter</kbd> slices in timeline <kbd>O</kbd> override <kbd>E</kbd> shape curve
            </div>`
          : nothing
      }`;
  }
}

/** Slices hold the computing alone, so that is what they are compared with. */
function seenText({ placement, seen, seenIs }: CardContent): string {
  if (seen === undefined) return "";
  const { primaryUs, npuUs } = placement.chosen;
  const computing = Math.max(primaryUs, npuUs);
  const difference = computing > 0 ? ` (${signedPercent(seen.meanNs / 1000 / computing - 1)})` : "";
  return ` · ${seenIs} ${msText(seen.meanNs / 1000)}${narrowSpace}ms${difference}`;
}

customElements.define("tandem-plan-card", PlanCard);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-plan-card": PlanCard;
  }
}
