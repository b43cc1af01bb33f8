import { type TemplateResult, html, nothing } from "lit";
import type { DoctorCheck, DoctorFix, DoctorReport, DoctorState } from "../../src/ui/messages/doctor";
import { fixed, narrowSpace } from "../shared/format";

export interface DoctorActions {
  again(): void;
  copy(report: DoctorReport): void;
  fix(fix: DoctorFix): void;
}

const icons = { ok: "check", warning: "warning", error: "error", info: "info" } as const;
const said = { ok: "in order", warning: "warning", error: "error", info: "note" } as const;
const fixes: Readonly<Record<DoctorFix, string>> = {
  "ask-again": "Ask the phone again",
  "deploy-agent": "Deploy agent",
  "show-agent-log": "Show agent log",
  "set-adb-path": "Set the path to adb…",
};

/** The answer on top, what to do, and below it every check. */
export function view(state: DoctorState, actions: DoctorActions): TemplateResult {
  const { report, busy, deviceName, checkedAt } = state;
  return html`<div class="doctor">
    <header>
      <div class="title-line">
        <h1>Doctor</h1>
        <span class="muted"
          >${deviceName}${report === null ? "" : ` · checked ${checkedAt}, took ${fixed(report.seconds, 1)}${narrowSpace}s`}</span
        >
        <span class="grow"></span>
        <vscode-button appearance="secondary" ?disabled=${busy !== null} @click=${() => actions.again()}
          >Check again</vscode-button
        >
        <vscode-button
          appearance="secondary"
          ?disabled=${report === null}
          @click=${() => {
            if (report !== null) actions.copy(report);
          }}
          >Copy report</vscode-button
        >
      </div>
      <div role="status">
        ${
          busy === null
            ? nothing
            : html`<p class="busy"><vscode-progress-ring aria-label="Checking"></vscode-progress-ring>${busy}</p>`
        }
        ${
          report === null
            ? nothing
            : html`<p class="verdict">${report.verdict}</p>
                ${report.todo === null ? nothing : html`<p class="muted">${report.todo}</p>`}`
        }
      </div>
    </header>
    ${report === null ? nothing : body(report, actions)}
  </div>`;
}

function body(report: DoctorReport, actions: DoctorActions): TemplateResult {
  const groups = [...new Set(report.checks.map(({ group }) => group))];
  const argument = report.device.id.replace(/^adb:/, "");
  return html`<main>
    <div class="checks">
      ${groups.map(
        (group) =>
          html`<section aria-label=${group}>
            <h2>${group}</h2>
            ${report.checks.filter((check) => check.group === group).map((check) => row(check, actions))}
          </section>`,
      )}
    </div>
    <aside>
      <h2>What a check shows</h2>
      <p>
        First what is true, then what to do about it, then the raw message or the vendor's code, for a search or a
        report.
      </p>
      <h2>From a terminal</h2>
      <p class="mono">tandem doctor --device ${argument} --json</p>
    </aside>
  </main>`;
}

function row(check: DoctorCheck, actions: DoctorActions): TemplateResult {
  const { fix } = check;
  return html`<div class="check">
    <span
      class="codicon codicon-${icons[check.state]} ${check.state}"
      role="img"
      aria-label=${said[check.state]}
    ></span>
    <span class="strong">${check.name}</span>
    <div>
      <div>${check.sentence}</div>
      ${check.todo === null ? nothing : html`<div class="muted">${check.todo}</div>`}
      ${check.code === null ? nothing : html`<div class="mono muted">${check.code}</div>`}
    </div>
    ${
      fix === null
        ? nothing
        : html`<vscode-button appearance="secondary" @click=${() => actions.fix(fix)}>${fixes[fix]}</vscode-button>`
    }
  </div>`;
}

/** The report as text, for an issue. */
export function reportText(report: DoctorReport): string {
  const lines = [`${report.device.name}: ${report.verdict}`, ...(report.todo === null ? [] : [report.todo])];
  for (const { group, name, state, sentence, todo, code } of report.checks) {
    lines.push(
      `[${said[state]}] ${group}, ${name}: ${[sentence, todo, code].filter((part) => part !== null).join(" ")}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
