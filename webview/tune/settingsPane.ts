import { type TemplateResult, html } from "lit";
import {
  type CompleteSettings,
  type SettingName,
  changedSettings,
  completeSolver,
  withReset,
} from "../../src/plan/settingsModel";
import { strategyWords } from "../../src/plan/words";
import type { SolverSettings, Strategy } from "../../src/plan/types";
import { strategyGlyph } from "../plan/glyph";
import { bytes, join, narrowSpace, thousands } from "../shared/format";
import { overridesControl } from "./overrides";
import { type SettingContext, settingControl, slider } from "./settingControl";
import type { TuneSubject } from "../../src/ui/messages/tune";

export interface SettingsPane {
  readonly subject: TuneSubject;
  readonly settings: SolverSettings;
  readonly refused: SettingContext["refused"];
  readonly change: (settings: SolverSettings) => void;
}

const gpuShares = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
const graphCounts = [0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048, 4096];
/** 0 is the default of the solver. */
const graphMemory = (value: number): string => (value === 0 ? "3 × the weights" : join(bytes(value)));
const graphBytes = [0.125e9, 0.25e9, 0.5e9, 0.75e9, 1e9, 1.5e9, 2e9, 2.5e9, 3e9, 4e9, 6e9, 8e9, 12e9];
const compileTimes = [250, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 30_000, 60_000];
const npuMinimums = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 256];

/** Every setting of the solver as a control. */
export function settingsPane({ subject, settings, refused, change }: SettingsPane): TemplateResult {
  const now = completeSolver(subject.now);
  const next = completeSolver(settings);
  const changed = new Set(changedSettings(subject.now, settings));
  const set = (part: Partial<CompleteSettings>): void => change({ ...settings, ...part });
  const context: SettingContext = {
    changed,
    refused,
    reset: (name) => change(withReset(settings, subject.now, name)),
  };
  const { joinUs } = subject;
  const join_ = joinUs === undefined ? "" : `${thousands(joinUs[next.sync])}${narrowSpace}µs a join, ${subject.origin}`;
  const number = (
    name: SettingName & ("maxGraphs" | "minNpuTokens" | "maxGraphBytes" | "maxCompileMs" | "gpuShareCap"),
    label: string,
    values: readonly number[],
    text: (value: number) => string,
    unbounded?: number,
  ): TemplateResult => {
    // 0 says "no bound", which is the far end of the slider.
    const shown = (value: number): number => (value === 0 && unbounded !== undefined ? unbounded : value);
    const kept = (value: number): number => (value === unbounded ? 0 : value);
    const say = (value: number): string => (value === unbounded ? "no bound" : text(value));
    return settingControl(
      context,
      name,
      label,
      html`<b class="strong">${say(shown(next[name]))}</b>`,
      slider({
        label,
        values: unbounded === undefined ? values : [...values, unbounded],
        value: shown(next[name]),
        was: shown(now[name]),
        text: say,
        change: (value) => set({ [name]: kept(value) }),
      }),
    );
  };
  return html`<form class="settings" aria-label="Solver settings" @submit=${(event: Event) => event.preventDefault()}>
    <div class="settings-title">
      <h1>Solver settings</h1>
      <span class="small muted" aria-live="polite">${changed.size} changed</span>
    </div>
    ${settingControl(
      context,
      "objective",
      "Objective",
      "what is made least",
      choices(
        "Objective",
        [
          ["latency", "Time"],
          ["energy", "Energy"],
        ],
        next.objective,
        (objective) => set({ objective }),
      ),
    )}
    ${settingControl(context, "strategies", "Strategies", `${strategyCount(next)} of 6`, strategies(next, set))}
    ${settingControl(
      context,
      "sync",
      "Synchronisation",
      join_,
      choices(
        "Synchronisation",
        [
          ["fast", "fast"],
          ["driver", "driver"],
        ],
        next.sync,
        (sync) => set({ sync }),
      ),
    )}
    ${settingControl(
      context,
      "rowStep",
      "Row step",
      "output features",
      choices(
        "Row step",
        withValue([32, 64, 128, 256, 512], next.rowStep).map((step) => [step, thousands(step)] as const),
        next.rowStep,
        (rowStep) => set({ rowStep }),
      ),
    )}
    ${settingControl(
      context,
      "standardLengths",
      "Standard lengths",
      changed.has("standardLengths") ? `tokens, was ${now.standardLengths.length}` : "tokens",
      lengthChips(next.standardLengths, now.standardLengths, (standardLengths) => set({ standardLengths })),
    )}
    ${number("maxGraphs", "NPU graphs, at most", graphCounts, thousands)}
    ${number("maxGraphBytes", "NPU graph memory, at most", [0, ...graphBytes], graphMemory)}
    ${number("maxCompileMs", "Graph compile time, at most", compileTimes, (ms) => `${ms / 1000}${narrowSpace}s`, 1e15)}
    ${number("gpuShareCap", "GPU share cap", gpuShares, (part) => `${Math.round(part * 100)}${narrowSpace}%`)}
    ${number("minNpuTokens", "NPU from this many tokens", npuMinimums, thousands)}
    ${settingControl(
      context,
      "maxPieces",
      "Pieces of a split, at most",
      "NPU graph runs",
      choices(
        "Pieces",
        withValue([1, 2, 3, 4, 6, 8], next.maxPieces).map((pieces) => [pieces, String(pieces)] as const),
        next.maxPieces,
        (maxPieces) => set({ maxPieces }),
      ),
    )}
    ${settingControl(
      context,
      "overrides",
      "Overrides",
      String(next.overrides.length),
      overridesControl(next.overrides, (overrides) => set({ overrides })),
    )}
    <p class="small muted settings-foot">Predictions use ${subject.costs}.</p>
  </form>`;
}

const sharing: readonly Strategy[] = ["npu", "pad", "weight", "activation", "hybrid"];
const strategyCount = ({ strategies }: CompleteSettings): number =>
  1 + sharing.filter((one) => strategies.includes(one)).length;

function strategies({ strategies }: CompleteSettings, set: (part: Partial<CompleteSettings>) => void): TemplateResult {
  const box = (name: Strategy, fixed: boolean): TemplateResult => {
    const checked = fixed || strategies.includes(name);
    const flip = (): void =>
      set({ strategies: sharing.filter((one) => (one === name ? !checked : strategies.includes(one))) });
    return html`<label title=${strategyWords[name]}
      ><input type="checkbox" .checked=${checked} ?disabled=${fixed} @change=${flip} />${strategyGlyph(name, 0.4, {
        width: 22,
        height: 12,
      })}${name}</label
    >`;
  };
  return html`<div class="strategies">${box("gpu", true)}${sharing.map((name) => box(name, false))}</div>`;
}

export function choices<T extends string | number>(
  label: string,
  values: readonly (readonly [T, string])[],
  pressed: T,
  choose: (value: T) => void,
): TemplateResult {
  return html`<span class="segment" role="group" aria-label=${label}
    >${values.map(
      ([value, text]) =>
        html`<button type="button" aria-pressed=${value === pressed} @click=${() => choose(value)}>${text}</button>`,
    )}</span
  >`;
}

function withValue(values: readonly number[], value: number): number[] {
  return [...new Set([...values, value])].sort((a, b) => a - b);
}

function lengthChips(
  lengths: readonly number[],
  were: readonly number[],
  change: (lengths: number[]) => void,
): TemplateResult {
  const remove = (gone: number): void => change(lengths.filter((one) => one !== gone));
  const add = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const value = Number(input.value);
    input.value = "";
    if (Number.isInteger(value) && value > 0) change(withValue(lengths, value));
  };
  return html`<div class="chips">
    ${lengths.map(
      (length) =>
        html`<button
          type="button"
          class="chip ${were.includes(length) ? "" : "new"}"
          title="Leave ${thousands(length)} out"
          aria-label="${thousands(length)} tokens, leave out"
          @click=${() => remove(length)}
        >
          ${thousands(length)}
        </button>`,
    )}<input
      class="chip-add"
      type="number"
      min="1"
      max="4096"
      step="1"
      placeholder="+"
      aria-label="Add a standard length, in tokens"
      @change=${add}
    />
  </div>`;
}
