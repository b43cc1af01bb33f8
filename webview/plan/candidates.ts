import { LitElement, type TemplateResult, html } from "lit";
import { paddedTokens, primaryShare, splitText } from "../../src/plan/placementWords";
import type { Candidate, Placement } from "../../src/plan/types";
import { fixed, narrowSpace } from "../shared/format";
import { strategyGlyph } from "./glyph";

/** A matmul in a step: what its placements are drawn and said with. */
export interface PlacedMatmul {
  readonly n: number;
  /** Of the step. */
  readonly tokens: number;
  readonly primary: "gpu" | "cpu";
}

/** The glyph of one placement, its parts as large as they are. */
export function candidateGlyph(
  candidate: Candidate,
  { n, tokens, primary }: PlacedMatmul,
  size: { readonly width: number; readonly height: number },
): SVGSVGElement {
  const covered = candidate.pieces.reduce((sum, piece) => sum + piece, 0);
  const padded = paddedTokens(candidate, tokens);
  return strategyGlyph(candidate.strategy, primaryShare(candidate, n, tokens), {
    ...size,
    pieces: candidate.strategy === "weight" ? 1 : candidate.pieces.length,
    used: covered === 0 ? 1 : Math.min(0.8, Math.max(0.3, 1 - padded / covered)),
    primary,
  });
}

/** µs as ms: three significant figures, at most three decimals. */
export function msText(us: number): string {
  const ms = us / 1000;
  return fixed(ms, ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 1 ? 2 : 3);
}

/** `<tandem-candidates>`: the chosen placement of a matmul and those that lost, with what each would take. */
export class CandidateTable extends LitElement {
  static override properties = { placement: { attribute: false }, matmul: { attribute: false } };
  declare placement: Placement | undefined;
  declare matmul: PlacedMatmul | undefined;

  /** In the page's own tree, so that its styles hold. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { placement, matmul } = this;
    if (placement === undefined || matmul === undefined) return html``;
    const { chosen, lost } = placement;
    return html`<table class="candidates" aria-label="Candidates">
      <thead>
        <tr>
          <th scope="col">Candidate</th>
          <th scope="col">Split</th>
          <th scope="col" class="number">Predicted</th>
          <th scope="col" class="number">Loses by</th>
        </tr>
      </thead>
      <tbody>
        ${[chosen, ...lost].map((one, at) => row(one, at === 0 ? undefined : chosen, matmul))}
      </tbody>
    </table>`;
  }
}

function row(candidate: Candidate, chosen: Candidate | undefined, matmul: PlacedMatmul): TemplateResult {
  return html`<tr class=${chosen === undefined ? "strong" : ""}>
    <td>
      <span class="with-glyph"
        >${candidateGlyph(candidate, matmul, { width: 22, height: 12 })} ${candidate.strategy}</span
      >
    </td>
    <td>${splitText(candidate, matmul.n, matmul.tokens)}</td>
    <td class="number">${msText(candidate.totalUs)}</td>
    <td class="number">${chosen === undefined ? "chosen" : losesBy(candidate, chosen)}</td>
  </tr>`;
}

/** Along the chain a placement may win that is slower by itself: what it loses against is negative then, and said. */
function losesBy(candidate: Candidate, chosen: Candidate): string {
  const us = candidate.totalUs - chosen.totalUs;
  return `${us < 0 ? "−" : "+"}${msText(Math.abs(us))}${narrowSpace}ms`;
}

customElements.define("tandem-candidates", CandidateTable);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-candidates": CandidateTable;
  }
}
