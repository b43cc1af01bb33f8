import { type TemplateResult, html, nothing } from "lit";
import { lengthPlanAt, rangesText } from "../../src/plan/fold";
import { type ChangedGroup, changedGroups } from "../../src/plan/planChanges";
import { paddedTokens, primaryShare, splitText } from "../../src/plan/placementWords";
import type { Candidate, Plan, PlanOp } from "../../src/plan/types";
import { strategyGlyph } from "../plan/glyph";
import { fixed, thousands } from "../shared/format";
import { choices } from "./settingsPane";

export interface ChangesView {
  readonly now: Plan;
  readonly next: Plan;
  /** Lengths that both plans hold. */
  readonly lengths: readonly number[];
  readonly tokens: number;
  readonly all: boolean;
  readonly choose: (tokens: number) => void;
  readonly showAll: () => void;
}

const shownRows = 6;
/** Layers that fit side by side; of deeper models every second or third one is drawn. */
const mostColumns = 64;

/** Which matmuls would be placed otherwise: layers by ops, and what each change would gain. */
export function changes(view: ChangesView): TemplateResult {
  const { now, next, lengths, tokens, all } = view;
  const groups = changedGroups(now, next, lengths);
  const here = groups.filter((group) => group.tokens === tokens);
  const changed = here.reduce((sum, { layers }) => sum + Math.max(1, layers.length), 0);
  const matmuls = next.ops.filter(({ kind }) => kind === "matmul").length;
  const name = (length: number): string => (length === 1 ? "Decode" : thousands(length));
  return html`<section aria-label="Changed placements">
    <div class="changes-head">
      <h2>Changed placements</h2>
      ${choices(
        "Length of the step",
        lengths.map((length) => [length, name(length)] as const),
        tokens,
        view.choose,
      )}
      <span class="small" aria-live="polite"
        >${
          changed === 0
            ? groups.length === 0
              ? "These settings give the plan of the current run."
              : `No matmul changes ${tokens === 1 ? "in decode" : `at ${thousands(tokens)} tokens`}.`
            : `${thousands(changed)} of ${thousands(matmuls)} matmuls change ${tokens === 1 ? "in decode" : `at ${thousands(tokens)} tokens`}`
        }</span
      >
    </div>
    ${matrix(view)}
    ${groups.length === 0 ? nothing : table(view, all ? groups : groups.slice(0, shownRows), groups.length)}
  </section>`;
}

function glyph(
  candidate: Candidate,
  op: PlanOp,
  tokens: number,
  primary: "gpu" | "cpu",
  width = 22,
  height = 12,
): SVGSVGElement {
  const covered = candidate.pieces.reduce((sum, piece) => sum + piece, 0);
  const used = covered === 0 ? 1 : 1 - paddedTokens(candidate, tokens) / covered;
  return strategyGlyph(candidate.strategy, primaryShare(candidate, op.n, tokens), {
    width,
    height,
    used: Math.min(0.8, Math.max(0.3, used)),
    primary,
  });
}

const primaryOf = ({ primary }: Plan): "gpu" | "cpu" => (primary === "cpu" ? "cpu" : "gpu");

function matrix({ now, next, tokens }: ChangesView): TemplateResult {
  const [before, after] = [lengthPlanAt(now, tokens), lengthPlanAt(next, tokens)];
  if (before === undefined || after === undefined) return html``;
  const rows = new Map<string, { layer: number; op: PlanOp; candidate: Candidate; changed: boolean }[]>();
  next.ops.forEach((op, index) => {
    const fresh = next.placements[after.placement[index] ?? -1]?.chosen;
    const old = now.placements[before.placement[index] ?? -1]?.chosen;
    if (op.kind !== "matmul" || op.layer === null || fresh === undefined || old === undefined) return;
    const name = op.name.slice(op.name.lastIndexOf(".") + 1);
    const changed =
      fresh.strategy !== old.strategy || fresh.npuRows !== old.npuRows || fresh.pieces.join() !== old.pieces.join();
    const row = rows.get(name) ?? [];
    rows.set(name, row);
    row.push({ layer: op.layer, op, candidate: fresh, changed });
  });
  const layers = Math.max(0, ...[...rows.values()].map((row) => row.length));
  const every = Math.ceil(layers / mostColumns);
  return html`<div
    class="change-matrix"
    role="table"
    aria-label="Layers by ops"
    style="--layers: ${Math.ceil(layers / every)}"
  >
    <div role="row" class="change-row">
      <span role="columnheader" class="muted">Layer</span>
      ${Array.from({ length: Math.ceil(layers / every) }, (_, i) => i * every).map(
        (layer) =>
          html`<span role="columnheader" class="muted layer-number"
            >${layer % (4 * every) === 0 || layer === layers - 1 ? layer : ""}</span
          >`,
      )}
    </div>
    ${[...rows].map(
      ([name, row]) =>
        html`<div role="row" class="change-row">
          <span role="rowheader">${name}</span>
          ${row
            .filter((_, at) => at % every === 0)
            .map(
              ({ layer, op, candidate, changed }) =>
                html`<span
                  role="cell"
                  class="change-cell ${changed ? "differs" : ""}"
                  title="blk.${layer}.${name}: ${candidate.strategy} ${splitText(candidate, op.n, tokens)}"
                  aria-label="layer ${layer}, ${candidate.strategy}${changed ? ", changed" : ""}"
                  >${glyph(candidate, op, tokens, primaryOf(next), 18, 14)}</span
                >`,
            )}
        </div>`,
    )}
  </div>`;
}

function table(view: ChangesView, groups: readonly ChangedGroup[], count: number): TemplateResult {
  const ms = (us: number): string => fixed(us / 1000, 2);
  const primary = primaryOf(view.next);
  return html`<table class="change-table" aria-label="Changed placements, the largest first">
      <thead>
        <tr>
          <th scope="col" class="number">Tokens</th>
          <th scope="col">Op</th>
          <th scope="col">Layers</th>
          <th scope="col">Now</th>
          <th scope="col"><span class="unseen">becomes</span></th>
          <th scope="col">New</th>
          <th scope="col" class="number">ms each</th>
          <th scope="col" class="number">ms in all</th>
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          ({ tokens, name, op, layers, now, next, eachUs, allUs }) =>
            html`<tr>
              <td class="number">${tokens === 1 ? "decode" : thousands(tokens)}</td>
              <td>${name}</td>
              <td>${layers.length === 0 ? "–" : rangesText(layers)}</td>
              <td>${glyph(now, op, tokens, primary)} ${now.strategy} ${splitText(now, op.n, tokens)}</td>
              <td class="muted" aria-hidden="true">→</td>
              <td>
                ${glyph(next, op, tokens, primary)}
                <b class="strong">${next.strategy}</b> ${splitText(next, op.n, tokens)}
              </td>
              <td class="number">${ms(eachUs)}</td>
              <td class="number strong">${ms(allUs)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${
      count > groups.length
        ? html`<p class="small muted">
            Largest ${groups.length}; ${count - groups.length} more groups change.
            <button type="button" class="link" @click=${view.showAll}>Show all</button>
          </p>`
        : nothing
    }`;
}
