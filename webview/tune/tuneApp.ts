import { LitElement, type TemplateResult, html, nothing } from "lit";
import type { Failure } from "../../src/base/result";
import { type SettingName, changedSettings, leanSettings, settingNames } from "../../src/plan/settingsModel";
import type { SolverSettings } from "../../src/plan/types";
import type { Channel } from "../../src/ui/messages/channel";
import type { TuneHost, TunePage, TuneState, TuneSubject } from "../../src/ui/messages/tune";
import { narrowSpace } from "../shared/format";
import type { ChartContent } from "../shared/chart";
import { type AutotuneForm, autotuneView } from "./autotuneView";
import { changes } from "./changes";
import { fileDiff } from "./fileDiff";
import { costs, keyNumbers } from "./keyNumbers";
import { layerLanes } from "./layerLanes";
import { type Prediction, Predictor, noPrediction } from "./predictor";
import { rateChart, rateTable } from "./rateTable";
import { choices, settingsPane } from "./settingsPane";
import { type SweepForm, fastestPoint, sweepCurve, sweepView } from "./sweepView";
import { Tasks, runsOfEach } from "./tasks";
import { abResult, problemLine, workingBar } from "./taskViews";
import "./tuneChart";

type Page = "prediction" | "sweep" | "autotune";

/** `<tandem-tune>`: the settings of the solver as controls, and what they would give. */
export class TuneApp extends LitElement {
  readonly tasks = new Tasks(
    () => this.channel,
    () => this.requestUpdate(),
  );
  private channel: Channel<TunePage, TuneHost> | undefined;
  private predictor: Predictor | undefined;
  private state: TuneState | undefined;
  private settings: SolverSettings = {};
  private prediction: Prediction = noPrediction;
  private page: Page = "prediction";
  private tokens = 0;
  private allChanges = false;
  private saved: Failure | "saved" | undefined;
  private sweepForm: SweepForm = { first: "gpuShareCap", second: "", measure: false };
  private autotuneForm: AutotuneForm = { minutes: 2, gateCelsius: 38, measure: true };

  /** In the page's own tree, so that its styles hold. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  async connect(channel: Channel<TunePage, TuneHost>): Promise<void> {
    this.channel = channel;
    document.addEventListener("keydown", (event) => this.press(event));
    const first = await channel.request("ready", null);
    if (first.ok) this.show(first.value);
  }

  show(state: TuneState): void {
    const { subject } = state;
    this.state = state;
    if (subject !== null && this.predictor === undefined && this.channel !== undefined) {
      const { channel } = this;
      this.settings = leanSettings(subject.now);
      this.tokens = subject.promptTokens;
      const host = {
        solve: (settings: SolverSettings, lengths: readonly number[]) =>
          channel.request("solve", { settings, lengths }),
        simulate: (settings: SolverSettings) => channel.request("simulate", { settings }),
      };
      this.predictor = new Predictor(host, shownLengths(subject), (prediction) => {
        this.prediction = prediction;
        this.requestUpdate();
      });
      void this.predictor.begin(subject.now);
    }
    this.requestUpdate();
  }

  private set(settings: SolverSettings): void {
    this.settings = leanSettings(settings);
    this.saved = undefined;
    this.predictor?.ask(this.settings);
    this.requestUpdate();
  }

  private press(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "Enter") this.runAb(false);
    else if (event.key.toLowerCase() === "s") void this.save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private runAb(more: boolean): void {
    if (this.state?.device.ready !== true || this.prediction.problem !== undefined) return;
    this.page = "prediction";
    void this.tasks.abTest(this.settings, more);
  }

  private async save(): Promise<void> {
    if (this.channel === undefined || this.prediction.problem !== undefined) return;
    const answer = await this.channel.request("save", { settings: this.settings });
    this.saved = answer.ok ? "saved" : answer.failure;
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { state } = this;
    if (state === undefined) return html`<p class="state" role="status">Reading the trace…</p>`;
    const { subject, problem } = state;
    if (subject === null) {
      return html`<div class="state" role="alert">
        <h1>This run cannot be tuned</h1>
        <p>${problem?.message ?? ""}</p>
        <p class="muted mono">${problem?.code ?? ""}</p>
      </div>`;
    }
    return html`<aside class="settings-side">
        ${settingsPane({
          subject,
          settings: this.settings,
          refused: refusedBy(this.prediction.problem),
          change: (settings) => this.set(settings),
        })}
      </aside>
      <main class="tune-main">${this.head(subject)} ${this.content(state, subject)}</main>
      ${this.foot(state, subject)}`;
  }

  private head(subject: TuneSubject): TemplateResult {
    const { next, problem } = this.prediction;
    return html`<header class="tune-head">
        <h1>Predicted with these settings</h1>
        <span class="badge is-modeled">Modeled</span>
        <span class="muted">against ${subject.title}</span>
        <span class="grow"></span>
        ${choices(
          "Shown",
          [
            ["prediction", "Prediction"],
            ["sweep", "Sweep"],
            ["autotune", "Autotune"],
          ],
          this.page,
          (page) => {
            this.page = page;
            this.requestUpdate();
          },
        )}
        <span class="small muted solved"
          >${next === undefined ? "" : `solved in ${next.solveMs.toFixed(1)}${narrowSpace}ms`}</span
        >
      </header>
      ${problem === undefined || refusedBy(problem) !== undefined ? nothing : problemLine(problem)}
      ${next?.calibrated === false ? html`<p class="small warn">The description holds assumed figures, so predictions show trends only.</p>` : nothing}
      ${next?.plan.notes.map((note) => html`<p class="small warn">${note}</p>`)}`;
  }

  private content(state: TuneState, subject: TuneSubject): TemplateResult {
    const stale = this.prediction.problem === undefined ? "" : "stale";
    const idle = this.tasks.state.working === undefined;
    const unmeasurable = state.device.ready ? undefined : state.device.reason;
    const use = (settings: SolverSettings): void => {
      this.page = "prediction";
      this.set(settings);
    };
    if (this.page === "sweep") {
      const outcome = this.tasks.state.sweep;
      const curve = outcome === undefined ? undefined : sweepCurve(outcome);
      return sweepView({
        form: this.sweepForm,
        outcome,
        idle,
        unmeasurable,
        chart: curve === undefined ? nothing : chartOf(curve, fastestPoint(curve)),
        change: (form) => {
          this.sweepForm = form;
          this.requestUpdate();
        },
        start: (axes) => void this.tasks.sweep(this.settings, axes, this.sweepForm.measure && state.device.ready),
        use,
      });
    }
    if (this.page === "autotune") {
      return autotuneView({
        form: this.autotuneForm,
        outcome: this.tasks.state.autotune,
        idle,
        unmeasurable,
        change: (form) => {
          this.autotuneForm = form;
          this.requestUpdate();
        },
        start: () => {
          const { minutes, gateCelsius, measure } = this.autotuneForm;
          void this.tasks.autotune(this.settings, minutes * 60, gateCelsius, measure && state.device.ready);
        },
        use,
      });
    }
    return html`<div class="prediction modeled ${stale}">${this.predicted(state, subject)}</div>`;
  }

  private predicted(state: TuneState, subject: TuneSubject): TemplateResult {
    const { prediction, settings } = this;
    const { now, next } = prediction;
    if (now === undefined || next === undefined) {
      return prediction.problem === undefined ? html`<p role="status" class="muted">Solving…</p>` : html``;
    }
    const { ab } = this.tasks.state;
    const chart = rateChart(subject, prediction);
    const lengths = shownLengths(subject);
    return html`${keyNumbers(subject, prediction)}
      ${
        ab === undefined || JSON.stringify(ab.settings) !== JSON.stringify(settings)
          ? nothing
          : abResult({
              state: ab.state,
              device: state.device.ready ? state.device.name : "the device",
              idle: this.tasks.state.working === undefined && state.device.ready,
              more: () => this.runAb(true),
            })
      }
      <div class="two">${costs(subject, settings, prediction)} ${rateTable(subject, prediction)}</div>
      ${changes({
        now: now.plan,
        next: next.plan,
        lengths,
        tokens: this.tokens,
        all: this.allChanges,
        choose: (tokens) => {
          this.tokens = tokens;
          this.requestUpdate();
        },
        showAll: () => {
          this.allChanges = true;
          this.requestUpdate();
        },
      })}
      <div class="two">${layerLanes(now.plan, next.plan, this.tokens)} ${fileDiff(state.file, settings)}</div>
      <section class="rates" aria-label="Prefill rate over prompt length">
        <div class="changes-head">
          <h2>Prefill rate over prompt length, tok/s</h2>
          <span class="legend"
            ><span><i class="line now"></i>now</span><span><i class="line"></i>with these settings</span></span
          >
        </div>
        ${chart === undefined ? nothing : chartOf(chart, chart.x.indexOf(subject.promptTokens))}
      </section>`;
  }

  private foot(state: TuneState, subject: TuneSubject): TemplateResult {
    const { device, file } = state;
    const idle = this.tasks.state.working === undefined;
    const changed = changedSettings(subject.now, this.settings).length;
    const wrong = this.prediction.problem !== undefined;
    const warm = device.ready && device.celsius !== undefined ? ` (now ${device.celsius}${narrowSpace}°C)` : "";
    const gate =
      device.ready && device.celsius !== undefined
        ? ` Each waits until ${device.name} is below ${device.gateCelsius}${narrowSpace}°C${warm}.`
        : "";
    const how = device.ready
      ? changed === 0
        ? "Change a setting to compare it with the run's on the device."
        : `A/B: ${runsOfEach} + ${runsOfEach} runs in turn on ${device.name}.${gate}`
      : device.reason;
    return html`<footer class="tune-foot">
      <vscode-button ?disabled=${!idle || !device.ready || changed === 0 || wrong} @click=${() => this.runAb(false)}
        ><span slot="start" class="codicon codicon-play" aria-hidden="true"></span>Run A/B</vscode-button
      >
      <vscode-button appearance="secondary" ?disabled=${wrong || !file.writable} @click=${() => void this.save()}
        >Save to ${file.name}</vscode-button
      >
      <vscode-button appearance="secondary" ?disabled=${changed === 0} @click=${() => this.set(subject.now)}
        >Reset</vscode-button
      >
      ${idle ? this.saidLast(how, file.writable) : nothing} ${workingBar(this.tasks)}
      <span class="grow"></span>
      <span class="small muted keys-hint"><kbd>Ctrl</kbd> <kbd>Enter</kbd> run <kbd>Ctrl</kbd> <kbd>S</kbd> save</span>
    </footer>`;
  }

  private saidLast(how: string, writable: boolean): TemplateResult {
    const { saved } = this;
    if (saved === "saved") return html`<span class="small" role="status">Saved.</span>`;
    if (saved !== undefined) return html`<span class="small bad" role="alert">${saved.message}</span>`;
    return html`<span class="small muted">${how}${writable ? "" : " Open a folder to save settings."}</span>`;
  }
}

function chartOf(content: ChartContent, at: number): TemplateResult {
  return html`<tandem-tune-chart .content=${content} .at=${Math.max(0, at)}></tandem-tune-chart>`;
}

/** Steps whose placements are compared: the prompt's, usual ones, and decode. */
export function shownLengths({ promptTokens, longestStep }: TuneSubject): number[] {
  const prompt = Math.min(promptTokens, longestStep);
  const usual = [256, 300, 512].filter((tokens) => tokens <= longestStep);
  return [...[...new Set([prompt, ...usual])].sort((a, b) => a - b), 1];
}

/** The setting that a failure of the agent speaks of, `settings.gpuShareCap` or `gpuShareCap`. */
function refusedBy(
  problem: Failure | undefined,
): { readonly name: SettingName; readonly sentence: string } | undefined {
  const field = problem?.context?.field ?? "";
  const name = settingNames.find((one) => field.split(/[.[]/).includes(one));
  return name === undefined || problem === undefined ? undefined : { name, sentence: problem.message };
}

customElements.define("tandem-tune", TuneApp);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-tune": TuneApp;
  }
}
