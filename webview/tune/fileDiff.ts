import { type TemplateResult, html } from "lit";
import { lineDiff, nearChanges } from "../../src/base/lineDiff";
import { savedText } from "../../src/plan/saveSettings";
import type { SolverSettings } from "../../src/plan/types";
import type { TuneState } from "../../src/ui/messages/tune";

const around = 2;
const signs = { same: " ", gone: "-", new: "+" } as const;

/** What Save would change in the file. */
export function fileDiff({ name, text }: TuneState["file"], settings: SolverSettings): TemplateResult {
  const after = savedText(text ?? undefined, settings);
  if (!after.ok) {
    return html`<section aria-label=${name}>
      <h2>${name}</h2>
      <p class="small bad" role="alert">${after.failure.message}</p>
    </section>`;
  }
  const lines = nearChanges(lineDiff(text ?? "", after.value), around);
  return html`<section aria-label="Changes of ${name}">
    <h2>${name}${text === null ? ", new" : ""}</h2>
    ${
      lines.length === 0
        ? html`<p class="small muted">The file says this already.</p>`
        : html`<pre class="diff">
${lines.map(({ kind, text: line }) => html`<span class="diff-${kind}">${signs[kind]} ${line}</span>`)}</pre>`
    }
  </section>`;
}
