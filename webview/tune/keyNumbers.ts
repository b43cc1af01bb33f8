import { type TemplateResult, html, nothing } from "lit";
import { decodeRate, prefillRate, primaryShareOf } from "../../src/plan/prediction";
import type { TuneSubject } from "../../src/ui/messages/tune";
import type { SolverSettings } from "../../src/plan/types";
import { completeSolver } from "../../src/plan/settingsModel";
import { bytes, fixed, join, narrowSpace, signedPercent, thousands, tokenRate } from "../shared/format";
import type { Prediction } from "./predictor";

/** A difference of predictions below this is none. */
const least = 0.0005;

/** What the settings would give, compared with what was predicted for the run; measured values stand below. */
export function keyNumbers(subject: TuneSubject, prediction: Prediction): TemplateResult {
  const { now, next, energyNow, energyNext } = prediction;
  if (now === undefined || next === undefined) return html``;
  const { promptTokens, longestStep } = subject;
  const other = Math.min(longestStep, 300) === promptTokens ? 256 : Math.min(longestStep, 300);
  const lengths = [...new Set([promptTokens, other])];
  const measured = (value: number): string =>
    value === 0 ? "" : `${join(tokenRate(value))} ${subject.origin === "measured" ? "measured" : "simulated"} · `;
  return html`<div class="keys tune-keys">
    ${lengths.map((tokens) => {
      const [was, is] = [prefillRate(now.steps, tokens), prefillRate(next.steps, tokens)];
      const note = tokens === promptTokens ? measured(subject.prefill) : "";
      return key(
        `Prefill, ${thousands(tokens)} tokens`,
        tokenRate(is),
        was,
        is,
        "more",
        `${note}${tokenRate(was).value} predicted then`,
      );
    })}
    ${key(
      "Decode",
      tokenRate(decodeRate(next.steps)),
      decodeRate(now.steps),
      decodeRate(next.steps),
      "more",
      `${measured(subject.decode)}${tokenRate(decodeRate(now.steps)).value} predicted then`,
    )}
    ${
      energyNow === undefined
        ? key("Energy", { value: "–", unit: "" }, 0, 0, "less", "no power is known of this device")
        : key(
            `Energy, ${thousands(promptTokens)} + 32`,
            { value: energyNext === undefined ? "…" : fixed(energyNext, 2), unit: "J" },
            energyNext === undefined ? 0 : energyNow,
            energyNext ?? 0,
            "less",
            `${fixed(energyNow, 2)} modeled then, from stated power`,
          )
    }
  </div>`;
}

function key(
  label: string,
  { value, unit }: { readonly value: string; readonly unit: string },
  was: number,
  is: number,
  better: "more" | "less",
  note: string,
): TemplateResult {
  const part = was === 0 ? 0 : is / was - 1;
  const same = Math.abs(part) < least;
  const tone = same ? "muted" : part > 0 === (better === "more") ? "good" : "bad";
  return html`<div class="key">
    <span class="label">${label}</span
    ><span class="value"
      ><span class="figure">${value}</span
      ><small>${unit}</small
      >${was === 0 ? nothing : html`<span class="delta ${tone}">${same ? "no change" : signedPercent(part)}</span>`}</span
    ><span class="note">${note}</span>
  </div>`;
}

/** What the settings cost: bars with an upright mark where the run stands. */
export function costs(subject: TuneSubject, settings: SolverSettings, { now, next }: Prediction): TemplateResult {
  if (now === undefined || next === undefined) return html``;
  const { gpuShareCap, maxGraphs, maxGraphBytes, maxCompileMs } = completeSolver(settings);
  const tokens = subject.promptTokens;
  const primary = next.plan.primary.toUpperCase();
  const [shareNow, shareNext] = [primaryShareOf(now.steps, tokens), primaryShareOf(next.steps, tokens)];
  const size = (value: number): string => join(bytes(value));
  const seconds = (ms: number): string => `${fixed(ms / 1000, 1)}${narrowSpace}s`;
  const percent = (part: number): string => `${Math.round(part * 100)}${narrowSpace}%`;
  return html`<section aria-label="What it costs">
    <h2>What it costs</h2>
    <div class="gauges">
      ${gauge(`${primary} share in prefill`, shareNow, shareNext, 1, percent, gpuShareCap < 1 ? gpuShareCap : 0, shareNext > 0.8 ? "; the screen may drop frames" : "")}
      ${gauge("NPU graphs", now.plan.graphs, next.plan.graphs, 0, thousands, maxGraphs)}
      ${gauge("NPU graph memory", now.plan.graphBytes, next.plan.graphBytes, 0, size, maxGraphBytes)}
      ${gauge("Graph compile, once", now.plan.compileMs, next.plan.compileMs, 0, seconds, maxCompileMs)}
    </div>
  </section>`;
}

/** @param bound 0: none; @param whole what fills the bar; 0: what there is. */
function gauge(
  label: string,
  was: number,
  is: number,
  whole: number,
  text: (value: number) => string,
  bound: number,
  warning = "",
): TemplateResult {
  const reached = bound > 0 && Number.isFinite(bound) && bound < 3 * Math.max(was, is, 1e-9) ? bound : 0;
  const full = whole > 0 ? whole : Math.max(reached, 1.15 * Math.max(was, is), 1e-9);
  const place = (value: number): string => `${Math.min(100, (100 * value) / full)}%`;
  const same = text(was) === text(is);
  const limit = bound > 0 && (reached > 0 || whole > 0) ? ` of ${text(bound)}` : "";
  return html`<span class="gauge-label">${label}</span
    ><span class="gauge" aria-hidden="true"><b style="width: ${place(is)}"></b><i style="left: ${place(was)}"></i></span
    ><span class="gauge-text"
      >${same ? nothing : html`<span class="muted">${text(was)} →</span> `}<b
        class="strong ${warning === "" ? "" : "warn"}"
        >${text(is)}</b
      >${limit}${warning}</span
    >`;
}
