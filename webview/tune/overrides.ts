import { type TemplateResult, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CompleteSettings } from "../../src/plan/settingsModel";
import type { Strategy } from "../../src/plan/types";
import { strategyGlyph } from "../plan/glyph";

type Overrides = CompleteSettings["overrides"];

const all: readonly Strategy[] = ["gpu", "npu", "pad", "weight", "activation", "hybrid"];

/** Ops placed by hand: a list to take from, and a line to add to it. */
export function overridesControl(overrides: Overrides, change: (overrides: Overrides) => void): TemplateResult {
  const add = (event: Event): void => {
    const row = (event.target as HTMLElement).closest(".override-new");
    const pattern = row?.querySelector<HTMLInputElement>("input");
    const strategy = row?.querySelector<HTMLSelectElement>("select");
    if (pattern === undefined || pattern === null || strategy === undefined || strategy === null) return;
    const name = pattern.value.trim();
    if (name === "") return pattern.focus();
    change([
      ...overrides.filter((one) => one.pattern !== name),
      { pattern: name, strategy: strategy.value as Strategy },
    ]);
    pattern.value = "";
  };
  const enter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    add(event);
    event.preventDefault();
  };
  return html`<ul class="overrides">
      ${repeat(
        overrides,
        ({ pattern }) => pattern,
        ({ pattern, strategy }) =>
          html`<li>
            <span class="codicon codicon-pinned" aria-hidden="true"></span
            ><span class="mono grow">${pattern}</span> ${strategyGlyph(strategy, 0.4, { width: 22, height: 12 })}<span
              >${strategy}</span
            >
            <button
              type="button"
              class="icon-button codicon codicon-close"
              aria-label="Remove the override of ${pattern}"
              @click=${() => change(overrides.filter((one) => one.pattern !== pattern))}
            ></button>
          </li>`,
      )}
    </ul>
    <div class="override-new">
      <input
        class="input grow"
        placeholder="blk.*.ffn_down"
        aria-label="Ops to place by hand; * matches any run of characters"
        @keydown=${enter}
      />
      <select class="input" aria-label="Strategy of these ops">
        ${all.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>
      <button
        type="button"
        class="icon-button codicon codicon-add"
        aria-label="Add the override"
        @click=${add}
      ></button>
    </div>`;
}
