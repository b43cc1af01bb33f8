import { type TemplateResult, html, nothing } from "lit";
import { changedSettings } from "../../src/plan/settingsModel";
import type { AutotuneOutcome, Choice } from "../../src/plan/tuning";
import type { SolverSettings } from "../../src/plan/types";
import { fixed, narrowSpace, signedPercent } from "../shared/format";

export interface AutotuneForm {
  readonly minutes: number;
  readonly gateCelsius: number;
  readonly measure: boolean;
}

export interface AutotuneView {
  readonly form: AutotuneForm;
  readonly outcome: AutotuneOutcome | undefined;
  readonly idle: boolean;
  /** Why nothing can be measured; undefined where it can. */
  readonly unmeasurable: string | undefined;
  readonly change: (form: AutotuneForm) => void;
  readonly start: () => void;
  readonly use: (settings: SolverSettings) => void;
}

/** Searches by prediction and confirms by runs; the front of prefill, decode and energy. */
export function autotuneView(view: AutotuneView): TemplateResult {
  const { form, outcome, idle, unmeasurable } = view;
  const number = (label: string, value: number, unit: string, change: (value: number) => void): TemplateResult =>
    html`<label
      >${label}
      <input
        class="input short"
        type="number"
        min="1"
        max="120"
        .value=${String(value)}
        @change=${(event: Event) => change(Math.max(1, Number((event.target as HTMLInputElement).value)))}
      />${narrowSpace}${unit}</label
    >`;
  const measures = form.measure && unmeasurable === undefined;
  return html`<section aria-label="Autotune" class="explore">
    <div class="explore-form">
      ${number("At most", form.minutes, "min", (minutes) => view.change({ ...form, minutes }))}
      ${number("runs below", form.gateCelsius, "°C", (gateCelsius) => view.change({ ...form, gateCelsius }))}
      <label title=${unmeasurable ?? nothing}
        ><input
          type="checkbox"
          .checked=${measures}
          ?disabled=${unmeasurable !== undefined}
          @change=${(event: Event) => view.change({ ...form, measure: (event.target as HTMLInputElement).checked })}
        />Confirm on the device</label
      >
      <vscode-button appearance="secondary" ?disabled=${!idle} @click=${() => view.start()}>Autotune</vscode-button>
    </div>
    ${
      outcome === undefined
        ? html`<p class="muted">
            Changes one setting at a time and keeps what is predicted to be faster. Bounds, switched-off strategies and
            overrides stay as the controls have them.
          </p>`
        : found(outcome, view)
    }
  </section>`;
}

function found({ start, front, confirmed, tried, stopped }: AutotuneOutcome, view: AutotuneView): TemplateResult {
  const energy = front.some(({ energyJ }) => energyJ !== undefined);
  const ran = front.some(({ measured }) => measured !== undefined) || start.measured !== undefined;
  const sentence =
    confirmed !== undefined
      ? `Confirmed on the device: ${gains(confirmed)}.`
      : ran
        ? "No choice is faster on the device beyond noise."
        : front.every(({ settings }) => changedSettings(start.settings, settings).length === 0)
          ? "Nothing is predicted to be faster than the settings of the controls."
          : `${front.length} choices that no other one beats, by prediction.`;
  return html`<p class="verdict" aria-live="polite">${sentence}</p>
    <table aria-label="Pareto front">
      <thead>
        <tr>
          <th scope="col">Settings that change</th>
          <th scope="col" class="number">Prefill ≈</th>
          <th scope="col" class="number">Decode ≈</th>
          ${energy ? html`<th scope="col" class="number">Energy, modeled</th>` : nothing}
          ${
            ran
              ? html`<th scope="col" class="number">Prefill measured</th>
                  <th scope="col" class="number">Decode measured</th>`
              : nothing
          }
          <th scope="col"></th>
        </tr>
      </thead>
      <tbody>
        ${row(start, start, energy, ran, false, view)}
        ${front
          .filter(({ settings }) => changedSettings(start.settings, settings).length > 0)
          .map((choice) => row(choice, start, energy, ran, confirmed?.choice.settings === choice.settings, view))}
      </tbody>
    </table>
    <p class="small muted">
      ${tried} settings
      predicted.${energy ? " Energy is modeled from stated power; no phone measures it." : " No power is known of this device, so the front has no energy."}
      ${stopped === undefined ? nothing : stopped.message}
    </p>`;
}

function row(
  choice: Choice,
  start: Choice,
  energy: boolean,
  ran: boolean,
  confirmed: boolean,
  view: AutotuneView,
): TemplateResult {
  const names = changedSettings(start.settings, choice.settings);
  const mean = (name: "prefill" | "decode"): string => {
    const rates = (choice.measured ?? []).flatMap((trial) => trial[name] ?? []);
    return rates.length === 0 ? "–" : fixed(rates.reduce((sum, rate) => sum + rate, 0) / rates.length, 2);
  };
  return html`<tr class=${confirmed ? "chosen" : ""}>
    <th scope="row">
      ${names.length === 0 ? "as the controls" : names.map((name) => `${name} ${valueText(choice.settings[name])}`).join(", ")}
    </th>
    <td class="number">${fixed(choice.prefill, 1)}</td>
    <td class="number">${fixed(choice.decode, 2)}</td>
    ${energy ? html`<td class="number">${choice.energyJ === undefined ? "–" : `${fixed(choice.energyJ, 2)}${narrowSpace}J`}</td>` : nothing}
    ${
      ran
        ? html`<td class="number">${mean("prefill")}</td>
            <td class="number">${mean("decode")}</td>`
        : nothing
    }
    <td>
      ${names.length === 0 ? nothing : html`<button type="button" class="link" @click=${() => view.use(choice.settings)}>Use</button>`}
    </td>
  </tr>`;
}

function valueText(value: SolverSettings[keyof SolverSettings]): string {
  if (value === undefined) return "default";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function gains({ prefill, decode }: NonNullable<AutotuneOutcome["confirmed"]>): string {
  return [
    ...(prefill === undefined ? [] : [`prefill ${signedPercent(prefill.part)}`]),
    ...(decode === undefined ? [] : [`decode ${signedPercent(decode.part)}`]),
  ].join(", ");
}
