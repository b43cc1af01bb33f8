import { type TemplateResult, html, nothing } from "lit";
import type { PassComparison } from "../../src/trace/compare/compare";
import { passChange } from "../../src/trace/compare/sentence";
import { partOfWall } from "../../src/trace/states";
import { durationText, fixed, narrowSpace, percent, join } from "../shared/format";
import type { CompareModel, Run } from "./model";
import { signed } from "./table";

/** What is compared, what came out in one sentence, and the figures of both runs. */
export function head(
  model: CompareModel,
  pass: PassComparison | undefined,
  actions: { swap(): void; copy(): void },
): TemplateResult {
  const { comparison, modeled, likeWithLike, a } = model;
  const uncalibrated = { a: a.trace.header?.calibrated === false, b: model.b.trace.header?.calibrated === false };
  const title = [a.trace.header?.model.name, a.trace.header?.deviceName].filter((part) => part !== undefined);
  return html`<header>
    <div class="title-line">
      <h1>Compare two runs</h1>
      <span class="muted">${title.join(" on ")}</span>
      ${
        likeWithLike
          ? badge(modeled.a, uncalibrated.a || uncalibrated.b)
          : html`${badge(modeled.a, uncalibrated.a)}<span class="muted">against</span
              >${badge(modeled.b, uncalibrated.b)}`
      }
      <span class="grow"></span>
      <vscode-button appearance="secondary" title="Swap A and B (S)" @click=${() => actions.swap()}>Swap</vscode-button>
      <vscode-button
        appearance="secondary"
        title="The table as Markdown, to paste into a review"
        @click=${() => actions.copy()}
        >Copy report</vscode-button
      >
    </div>
    <p class="verdict" role="status">${comparison.sentence}</p>
    ${comparison.caveats.map((line) => html`<p class="caveat"><span class="codicon codicon-info" aria-hidden="true"></span>${line}</p>`)}
    ${pass === undefined ? nothing : figures(model, pass)}
  </header>`;
}

function badge(isModeled: boolean, uncalibrated: boolean): TemplateResult {
  return isModeled
    ? html`<span class="badge is-modeled" title="Times come from a description of the device."
        >Modeled${uncalibrated ? ", uncalibrated" : ""}</span
      >`
    : html`<span class="badge" title="Times come from the device.">Measured</span>`;
}

function figures(model: CompareModel, pass: PassComparison): TemplateResult {
  const { a, b, modeled, likeWithLike, comparison } = model;
  const row = (name: string, run: Run, side: "a" | "b"): TemplateResult => {
    const { summary } = run;
    const about = modeled[side] ? "≈ " : "";
    const wall = pass[side].wall;
    return html`<tr class=${modeled[side] ? "is-modeled" : ""}>
      <th scope="row">${name}</th>
      <td class="run" title=${run.fileName}>${runName(run)}</td>
      ${cell(summary.timeToFirstTokenMs === undefined ? undefined : about + durationText(summary.timeToFirstTokenMs * 1e6))}
      ${cell(rate(summary.prefillTokensPerSecond, about))} ${cell(rate(summary.decodeTokensPerSecond, about))}
      ${cell(about + join(percent(partOfWall(wall, "both"))))} ${cell(about + join(percent(partOfWall(wall, "sync"))))}
    </tr>`;
  };
  const change = (name: "prefill" | "decode"): number => {
    const own = comparison.passes.find((one) => one.pass === name);
    return own === undefined ? 0 : passChange(own, comparison.byOp.rows);
  };
  const delta = (text: string | undefined, slower: number): TemplateResult =>
    html`<td class="number ${slower === 0 || !likeWithLike ? "muted" : slower > 0 ? "bad strong" : "good strong"}">
      ${text ?? "–"}
    </td>`;
  const between = (of: (run: Run) => number | undefined): number | undefined => {
    const [x, y] = [of(a), of(b)];
    return x === undefined || y === undefined ? undefined : y - x;
  };
  const first = between(({ summary }) => summary.timeToFirstTokenMs);
  const points = (part: "both" | "sync"): string =>
    `${signed(100 * (partOfWall(pass.b.wall, part) - partOfWall(pass.a.wall, part)), 1)}${narrowSpace}pts`;
  return html`<table class="figures">
    <thead>
      <tr>
        <th></th>
        <th>Run</th>
        ${["First token", "Prefill", "Decode", `Overlap, ${pass.pass}`, `Sync, ${pass.pass}`].map((name) => html`<th class="number">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${row("A", a, "a")} ${row("B", b, "b")}
      <tr>
        <th></th>
        <td class="muted">
          B −
          A${likeWithLike ? "" : `, ${modeled.b ? "modeled" : "measured"} against ${modeled.a ? "modeled" : "measured"}`}
        </td>
        ${delta(first === undefined ? undefined : (first > 0 ? "+" : "") + durationText(first * 1e6), change("prefill"))}
        ${delta(rateDelta(between(({ summary }) => summary.prefillTokensPerSecond)), change("prefill"))}
        ${delta(rateDelta(between(({ summary }) => summary.decodeTokensPerSecond)), change("decode"))}
        ${delta(points("both"), 0)} ${delta(points("sync"), 0)}
      </tr>
    </tbody>
  </table>`;
}

function cell(text: string | undefined): TemplateResult {
  return html`<td class="number strong">${text ?? "–"}</td>`;
}

function rate(perSecond: number | undefined, about: string): string | undefined {
  return perSecond === undefined
    ? undefined
    : `${about}${fixed(perSecond, perSecond >= 1000 ? 0 : perSecond >= 100 ? 1 : 2)}${narrowSpace}tok/s`;
}

function rateDelta(perSecond: number | undefined): string | undefined {
  return perSecond === undefined
    ? undefined
    : `${signed(perSecond, Math.abs(perSecond) >= 100 ? 0 : 2)}${narrowSpace}tok/s`;
}

/** When it ran and on what, else the name of the file. */
function runName({ trace, fileName }: Run): string {
  const { startedAt, deviceName } = trace.header ?? {};
  const date = startedAt === undefined ? undefined : new Date(startedAt);
  if (date === undefined || Number.isNaN(date.getTime()))
    return [deviceName, fileName].filter((part) => part !== undefined).join(" · ");
  return [deviceName, date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })]
    .filter((part) => part !== undefined)
    .join(" · ");
}
