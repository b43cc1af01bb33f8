import { type TemplateResult, html, nothing } from "lit";
import { type SettingName, settingMeaning } from "../../src/plan/settingsModel";

/** What every control of a setting is told. */
export interface SettingContext {
  readonly changed: ReadonlySet<SettingName>;
  /** The setting that the agent refuses, and its sentence. */
  readonly refused: { readonly name: SettingName; readonly sentence: string } | undefined;
  readonly reset: (name: SettingName) => void;
}

/** A setting with its name, what it was, and what is wrong with it. Delete resets it. */
export function settingControl(
  context: SettingContext,
  name: SettingName,
  label: string,
  aside: string | TemplateResult,
  control: TemplateResult,
): TemplateResult {
  const changed = context.changed.has(name);
  const refused = context.refused?.name === name ? context.refused.sentence : undefined;
  const press = (event: KeyboardEvent): void => {
    const typing =
      event.target instanceof HTMLInputElement && event.target.type !== "range" && event.target.type !== "checkbox";
    if (event.key !== "Delete" || !changed || typing) return;
    context.reset(name);
    event.preventDefault();
  };
  return html`<section
    class="setting ${changed ? "changed" : ""}"
    aria-label=${label}
    data-setting=${name}
    @keydown=${press}
  >
    <div class="setting-head">
      <h2 title=${settingMeaning[name]}>${label}</h2>
      <span class="small muted"
        >${aside}${
          changed
            ? html` · <button type="button" class="link" @click=${() => context.reset(name)}>Reset</button>`
            : nothing
        }</span
      >
    </div>
    ${control}
    ${refused === undefined ? nothing : html`<p class="refused small" role="alert"><span class="codicon codicon-error" aria-hidden="true"></span> ${refused}</p>`}
  </section>`;
}

export interface SliderOptions {
  readonly label: string;
  /** Ascending; the slider moves from one to the next. */
  readonly values: readonly number[];
  readonly value: number;
  /** Drawn as an upright mark. */
  readonly was: number;
  readonly text: (value: number) => string;
  readonly change: (value: number) => void;
}

/** Arrows step by one, with Shift by ten. */
export function slider({ label, values, value, was, text, change }: SliderOptions): TemplateResult {
  const all = [...new Set([...values, value, was])].sort((a, b) => a - b);
  const last = Math.max(1, all.length - 1);
  const at = all.indexOf(value);
  const place = (100 * all.indexOf(was)) / last;
  const move = (index: number): void => {
    const next = all[Math.min(last, Math.max(0, index))];
    if (next !== undefined) change(next);
  };
  const press = (event: KeyboardEvent): void => {
    if (!event.shiftKey || !event.key.startsWith("Arrow")) return;
    move(at + (event.key === "ArrowLeft" || event.key === "ArrowDown" ? -10 : 10));
    event.preventDefault();
  };
  return html`<div class="slider" style="--at: ${at / last}">
    <input
      type="range"
      min="0"
      max=${last}
      step="1"
      .value=${String(at)}
      aria-label=${label}
      aria-valuetext=${text(value)}
      @input=${(event: Event) => move(Number((event.target as HTMLInputElement).value))}
      @keydown=${press}
    />
    ${
      was === value
        ? nothing
        : html`<i class="was" style="left: calc(7px + (100% - 14px) * ${place / 100})"></i
            ><span class="was-label small muted" style="left: ${Math.min(88, Math.max(12, place))}%"
              >was ${text(was)}</span
            >`
    }
  </div>`;
}
