import { type TemplateResult, html, nothing } from "lit";

export interface Choice<T> {
  readonly value: T;
  readonly text: string;
  /** Why it cannot be chosen now. */
  readonly disabled?: string;
}

/** A row of choices, one pressed, as `.segment` of the shared styles has it. */
export function segmentOf<T>(
  label: string,
  choices: readonly Choice<T>[],
  pressed: T | undefined,
  choose: (value: T) => void,
): TemplateResult {
  return html`<span class="labelled"
    ><span class="control-label">${label}</span
    ><span class="segment" role="group" aria-label=${label}
      >${choices.map(
        ({ value, text, disabled }) =>
          html`<button
            aria-pressed=${value === pressed}
            aria-disabled=${disabled === undefined ? nothing : "true"}
            title=${disabled ?? nothing}
            @click=${() => (disabled === undefined ? choose(value) : undefined)}
          >
            ${text}
          </button>`,
      )}</span
    ></span
  >`;
}
