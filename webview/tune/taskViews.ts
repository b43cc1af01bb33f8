import { type TemplateResult, html, nothing } from "lit";
import { type Difference, intervalName } from "../../src/base/difference";
import type { Failure } from "../../src/base/result";
import type { AbState } from "../../src/plan/tuning";
import { join, narrowSpace, signedPercent, tokenRate } from "../shared/format";
import type { Tasks, TasksState } from "./tasks";

const taskNames = { abTest: "A/B", sweep: "Sweep", autotune: "Autotune" } as const;

/** The bar of what works now, and why the last one gave nothing. */
export function workingBar(tasks: Tasks): TemplateResult | typeof nothing {
  const { working, problem } = tasks.state;
  if (working === undefined) return problem === undefined ? nothing : problemLine(problem.failure);
  const { progress, stopping, task } = working;
  const whole = progress !== undefined && progress.total > 0;
  return html`<div class="working" role="status">
    <progress
      aria-label=${taskNames[task]}
      max="1"
      value=${whole ? progress.done / progress.total : nothing}
    ></progress>
    <span class="small">${stopping ? "Stopping; what was found is kept" : (progress?.stage ?? taskNames[task])}</span>
    <vscode-button appearance="secondary" ?disabled=${stopping} @click=${() => tasks.stop()}>Stop</vscode-button>
  </div>`;
}

export function problemLine({ message, code }: Failure): TemplateResult {
  return html`<p class="notice" role="alert">
    <span class="codicon codicon-error" aria-hidden="true"></span
    ><span>${message} <span class="muted mono">${code}</span></span>
  </p>`;
}

export interface AbView {
  readonly state: AbState;
  readonly device: string;
  readonly idle: boolean;
  readonly more: () => void;
}

/** What the runs of both settings say, B (these settings) against A (those of the run). */
export function abResult({ state, device, idle, more }: AbView): TemplateResult {
  const { samples, prefill, decode, stopped } = state;
  const [a, b] = [samples.a.length, samples.b.length];
  const both = [prefill, decode].flatMap((one) => one ?? []);
  const enough = a > 1 && b > 1;
  const undecided = enough && !both.some(({ significant }) => significant);
  const warm = [...samples.a, ...samples.b].flatMap(({ celsius }) => celsius ?? []);
  return html`<section class="ab" aria-label="A/B on the device">
    <h2>A/B on ${device} <span class="badge">Measured</span></h2>
    <p class="verdict" aria-live="polite">${enough ? verdict(prefill, decode, a, b) : `${a} + ${b} runs so far.`}</p>
    <div class="ab-rows small">${abRow("Prefill", prefill)} ${abRow("Decode", decode)}</div>
    <p class="small muted">
      ${intervalName}. The runs took turns, A B B
      A.${warm.length === 0 ? " The device tells no temperature." : ` Between ${Math.min(...warm)} and ${Math.max(...warm)}${narrowSpace}°C.`}
    </p>
    ${stopped === undefined ? nothing : html`<p class="small">${stopped.message} These ${a} + ${b} runs are kept.</p>`}
    ${
      idle && (undecided || stopped !== undefined)
        ? html`<vscode-button appearance="secondary" @click=${more}>10 more runs</vscode-button>`
        : nothing
    }
  </section>`;
}

function verdict(prefill: Difference | undefined, decode: Difference | undefined, a: number, b: number): string {
  const words = (name: string, one: Difference | undefined): string[] =>
    one?.significant === true
      ? [`${name} is ${signedPercent(Math.abs(one.part)).slice(1)} ${one.part > 0 ? "faster" : "slower"}`]
      : [];
  const found = [...words("prefill", prefill), ...words("decode", decode)];
  if (found.length === 0) return `No difference beyond noise after ${a} + ${b} runs.`;
  const sentence = found.join(", ");
  return `With these settings ${sentence}.`;
}

function abRow(name: string, one: Difference | undefined): TemplateResult | typeof nothing {
  if (one === undefined) return nothing;
  const tone = one.significant ? (one.part > 0 ? "good" : "bad") : "muted";
  const rate = (mean: number): string => join(tokenRate(mean));
  const interval =
    one.interval === undefined ? "" : ` (${signedPercent(one.interval[0])} to ${signedPercent(one.interval[1])})`;
  return html`<span>${name}</span><span>${rate(one.a.mean)} ± ${tokenRate(one.a.deviation).value}</span
    ><span aria-hidden="true">→</span><span>${rate(one.b.mean)} ± ${tokenRate(one.b.deviation).value}</span
    ><span class=${tone}>${signedPercent(one.part)}${interval}</span>`;
}

export function isWorking({ working }: TasksState): boolean {
  return working !== undefined;
}
