import { type TemplateResult, html } from "lit";
import { curveLengths, prefillRate } from "../../src/plan/prediction";
import type { TuneSubject } from "../../src/ui/messages/tune";
import { thousands } from "../shared/format";
import type { ChartContent } from "../shared/chart";
import type { Prediction } from "./predictor";

/** Prompt lengths of the table: standard ones, and some that fall between them. */
export function tableLengths({ promptTokens, longestStep }: TuneSubject): number[] {
  const usual = [64, 135, 256, 300, 384, 512, 1000].filter((tokens) => tokens <= 2 * longestStep);
  return [...new Set([...usual, promptTokens])].sort((a, b) => a - b);
}

export function rateTable(subject: TuneSubject, { now, next }: Prediction): TemplateResult {
  if (now === undefined || next === undefined) return html``;
  const lengths = tableLengths(subject);
  return html`<section class="rate-table">
    <h2>Prefill by prompt length, tok/s</h2>
    <table aria-label="Prefill by prompt length, tokens per second, predicted">
      <thead>
        <tr>
          <th scope="col">Tokens</th>
          ${lengths.map((tokens) => html`<th scope="col" class="number">${thousands(tokens)}</th>`)}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Now</th>
          ${lengths.map((tokens) => html`<td class="number">${thousands(prefillRate(now.steps, tokens))}</td>`)}
        </tr>
        <tr>
          <th scope="row">New</th>
          ${lengths.map((tokens) => {
            const [was, is] = [prefillRate(now.steps, tokens), prefillRate(next.steps, tokens)];
            const changed = thousands(was) !== thousands(is);
            return html`<td class="number ${changed ? "strong" : ""}">${thousands(is)}</td>`;
          })}
        </tr>
      </tbody>
    </table>
  </section>`;
}

/** Prefill rate over prompt length: both lines are predictions, so both are dashed; the run's own rate is a mark. */
export function rateChart(subject: TuneSubject, { now, next }: Prediction): ChartContent | undefined {
  if (now === undefined || next === undefined) return undefined;
  const most = Math.max(1024, subject.longestStep);
  const x = [...new Set([...curveLengths(now.steps, most), ...curveLengths(next.steps, most), subject.promptTokens])]
    .filter((tokens) => tokens <= most)
    .sort((a, b) => a - b);
  const marks = x.map((tokens) => (tokens === subject.promptTokens && subject.prefill > 0 ? subject.prefill : null));
  const seen = subject.origin === "measured" ? "measured" : "simulated";
  return {
    label: "Prefill rate over prompt length",
    x,
    curves: [
      {
        label: "now",
        color: "muted",
        line: "modeled",
        width: 1.25,
        endLabel: "",
        values: x.map((tokens) => prefillRate(now.steps, tokens)),
      },
      {
        label: "with these settings",
        color: "text",
        line: "modeled",
        endLabel: "",
        values: x.map((tokens) => prefillRate(next.steps, tokens)),
      },
      {
        label: `${seen} ${thousands(subject.prefill)}`,
        color: "text",
        values: marks,
        ...(subject.origin === "measured"
          ? { measured: [x.indexOf(subject.promptTokens)] }
          : { predicted: [x.indexOf(subject.promptTokens)] }),
      },
    ],
    xTicks: [64, 128, 256, 384, 512, 768, 1024].filter((tick) => tick <= most),
    xText: thousands,
    yText: thousands,
  };
}
