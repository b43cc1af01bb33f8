import { type TemplateResult, html, nothing } from "lit";
import type { PassComparison } from "../../src/trace/compare/compare";
import { verdictOf } from "../../src/trace/compare/layers";
import { sameWithin } from "../../src/trace/compare/sentence";
import { wallParts } from "../../src/trace/states";
import { fixed } from "../shared/format";
import type { CompareModel } from "./model";
import type { TableRow } from "./rows";
import { signed } from "./table";

const partNames = {
  gpu: "GPU alone",
  both: "Both",
  npu: "NPU alone",
  cpu: "CPU alone",
  sync: "Sync waits",
  idle: "Idle",
};
const shownOps = 8;

/** Why: what was different, where the time went, and the ops of the chosen layer. */
export function side(
  model: CompareModel,
  pass: PassComparison,
  selected: TableRow | undefined,
  actions: { timelines(): void; open(run: "a" | "b"): void },
): TemplateResult {
  const facts = model.facts(pass);
  return html`<aside aria-label="Why">
    <h2>What changed</h2>
    <table>
      <thead>
        <tr>
          <th></th>
          <th>A</th>
          <th>B</th>
        </tr>
      </thead>
      <tbody>
        ${facts.map(({ name, a, b, differs }) =>
          differs
            ? html`<tr>
                <td>${name}</td>
                <td title=${a}>${a}</td>
                <td class="strong" title=${b}>${b}</td>
              </tr>`
            : html`<tr>
                <td class="muted">${name}</td>
                <td class="muted" colspan="2" title=${a}>same, ${a}</td>
              </tr>`,
        )}
      </tbody>
    </table>
    <h2>Where the time went, ${pass.pass} step</h2>
    ${parts(pass)}
    <p class="muted small">Grey differences are within the noise of these runs.</p>
    ${selected === undefined ? nothing : layer(model, pass, selected)}
    <div class="links">
      <button class="link" @click=${() => actions.timelines()}>Show both in step</button>
      <button class="link" @click=${() => actions.open("a")}>Open A</button>
      <button class="link" @click=${() => actions.open("b")}>Open B</button>
    </div>
    <p class="keys-hint small muted">
      <kbd>↑</kbd> <kbd>↓</kbd> row <kbd>Enter</kbd> timelines <kbd>N</kbd> next significant change <kbd>S</kbd> swap
    </p>
  </aside>`;
}

function parts({ a, b }: PassComparison): TemplateResult {
  const shown = wallParts.filter((part) => a.wall[part] > 0 || b.wall[part] > 0);
  const unit = Math.max(a.stepNs, b.stepNs) >= 1e6 ? { ns: 1e6, name: "ms" } : { ns: 1e3, name: "µs" };
  return html`<table>
    <thead>
      <tr>
        <th></th>
        <th class="number">A ${unit.name}</th>
        <th class="number">B ${unit.name}</th>
        <th class="number">B − A</th>
      </tr>
    </thead>
    <tbody>
      ${shown.map((part) => {
        const delta = b.wall[part] - a.wall[part];
        const noise = Math.abs(delta) <= sameWithin * a.stepNs;
        return html`<tr>
          <td>${partNames[part]}</td>
          <td class="number">${fixed(a.wall[part] / unit.ns, 2)}</td>
          <td class="number">${fixed(b.wall[part] / unit.ns, 2)}</td>
          <td class="number ${noise ? "muted" : "strong"}">${signed(delta / unit.ns, 2)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function layer(model: CompareModel, pass: PassComparison, row: TableRow): TemplateResult | typeof nothing {
  if (row.layer < 0) return nothing;
  const ops = model.opsOf(pass, row.layer).slice(0, shownOps);
  return html`<h2>Layer ${row.layer}, largest differences</h2>
    <table>
      <thead>
        <tr>
          <th></th>
          <th class="number">A µs</th>
          <th class="number">B µs</th>
          <th class="number">B − A</th>
        </tr>
      </thead>
      <tbody>
        ${ops.map((op) => {
          const verdict = verdictOf(op.deltaNs, op.aNs, op.errorNs);
          const muted = verdict === "same" || verdict === "unknown";
          const [change] = op.planChanges;
          return html`<tr title=${change === undefined ? "same plan" : `plan: ${change.from} → ${change.to}`}>
            <td>${op.label.slice(op.label.lastIndexOf(".") + 1)}${change === undefined ? "" : " *"}</td>
            <td class="number">${fixed(op.aNs / 1e3, 1)}</td>
            <td class="number">${fixed(op.bNs / 1e3, 1)}</td>
            <td class="number ${muted ? "muted" : "strong"}">${signed(op.deltaNs / 1e3, 1)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
    ${ops.some(({ planChanges }) => planChanges.length > 0) ? html`<p class="muted small">* placed differently in B.</p>` : nothing}`;
}
