import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter, type Event } from "../../base/event";
import { type Result, failure, success } from "../../base/result";
import type { Device } from "../../device/device";
import type { RunListener, RunOutcome, RunRequest } from "../../run/runPrompt";
import type { RunSettings } from "../../run/settings";
import type { KeptChat } from "../messages/keptChat";
import type { RunPage, RunPanelState, Turn } from "../messages/run";
import { text } from "../text";
import type { ModelView } from "../trees/modelRows";
import { noticeOf } from "./notices";
import { type Status, finalNumbers, liveNumbers } from "./numbers";
import type { RateMeter } from "./rateMeter";
import { Answer } from "./answer";
import {
  type ChatView,
  close,
  conversation,
  cutOff,
  emptyAnswer,
  emptyView,
  ending,
  userTurn,
  withPromptTokens,
} from "./turns";

export interface ChatServices {
  run(request: RunRequest, listener: RunListener, signal: AbortSignal): Promise<Result<RunOutcome>>;
  /** As the user set them now. */
  settings(): Result<RunSettings>;
  trusted(): boolean;
  /** The device as it is now; undefined when it is gone. A phone that came back is another object. */
  current(device: Device): Device | undefined;
  /** Told after every run that got as far as generating. */
  ended(outcome: RunOutcome, device: Device, model: ModelView): void;
}

/** One conversation with one model on one device: what the run panel shows, and what its buttons do. */
export class Chat implements Disposable {
  readonly onDidChange: Event<void>;
  readonly onTokens: Event<RunPage["events"]["tokens"]>;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new Emitter<void>());
  private readonly tokens = this.store.add(new Emitter<RunPage["events"]["tokens"]>());
  private device: Device | undefined;
  private model: ModelView | undefined;
  private running: AbortController | undefined;
  /** The model of a conversation from before the window was reloaded, until one is chosen. */
  private keptModel: string | undefined;
  private view: ChatView = emptyView;

  constructor(private readonly services: ChatServices) {
    this.onDidChange = this.changed.event;
    this.onTokens = this.tokens.event;
  }

  get state(): RunPanelState {
    const settings = this.services.settings();
    const { device, model } = this;
    const hasTemplate = model?.header?.hasTemplate;
    return {
      ...this.view,
      device: device === undefined ? null : { name: device.name, kind: device.kind },
      model: model === undefined ? null : { name: model.name, type: model.header?.type ?? null, path: model.path },
      settings: {
        temperature: settings.ok ? settings.value.temperature : 0,
        maxTokens: settings.ok ? settings.value.maxTokens : 0,
        template: hasTemplate === undefined ? null : hasTemplate ? "from file" : "none",
      },
      suggestions: model?.bundled === true ? text.demoQuestions() : [],
      trusted: this.services.trusted(),
    };
  }

  get target(): { readonly device: Device | undefined; readonly model: ModelView | undefined } {
    return { device: this.device, model: this.model };
  }

  get busy(): boolean {
    return this.running !== undefined;
  }

  /** The trace of the last run, where there is one. */
  get trace(): string | undefined {
    return this.view.tracePath ?? undefined;
  }

  /** Live rate, or that of the last run; for the status bar. */
  get rate(): number | null {
    return this.view.numbers?.decodeRate ?? null;
  }

  /** Another device goes on with the conversation; another model begins a new one. */
  choose(device: Device, model: ModelView): void {
    if (this.busy) return;
    if (model.path !== (this.model?.path ?? this.keptModel)) this.view = emptyView;
    else this.view = { ...this.view, notice: null, notes: [] };
    this.device = device;
    this.model = model;
    this.changed.fire();
  }

  /** Goes on with a conversation from before the window was reloaded, where no other has begun. */
  restore({ modelPath, turns, tracePath, numbers, rates, limit, notes }: KeptChat): void {
    const begun = this.busy || this.view.turns.length > 0;
    if (begun || modelPath === null || (this.model !== undefined && this.model.path !== modelPath)) return;
    this.keptModel = modelPath;
    this.set({ ...emptyView, turns: cutOff(turns), tracePath, numbers, rates, limit, notes });
  }

  newChat(): void {
    if (this.busy) return;
    this.view = emptyView;
    this.changed.fire();
  }

  stop(): void {
    if (this.running === undefined || this.running.signal.aborted) return;
    this.set({ phase: "stopping" });
    this.running.abort();
  }

  /** Asks the last question again; its unfinished answer goes. */
  async retry(): Promise<void> {
    const at = this.view.turns.findLastIndex((turn) => turn.role === "user");
    const asked = this.view.turns[at];
    if (this.busy || asked === undefined) return;
    this.set({ turns: this.view.turns.slice(0, at) });
    await this.send(asked.text);
  }

  async send(prompt: string): Promise<void> {
    const { device, model } = this;
    if (this.busy || device === undefined || model === undefined) return;
    const before = this.view.turns;
    this.set({
      ...emptyView,
      turns: [...before, userTurn(prompt)],
      phase: "preparing",
      progress: { stage: text.preparing(device.name), detail: "", fraction: null },
    });
    const ready = this.ready(device);
    if (!ready.ok) {
      const turns = close(this.view.turns, "failed", text.failedBefore());
      this.set({ phase: "idle", progress: null, turns, notice: noticeOf(ready.failure, false) });
      return;
    }
    const { settings, now } = ready.value;
    this.device = now;
    this.set({ limit: settings.maxTokens });
    const controller = new AbortController();
    this.running = controller;
    const answer = new Answer({
      preparing: (progress) => this.set({ progress }),
      append: (...came) => this.append(...came),
    });
    const messages = [...conversation(before), { role: "user", content: prompt } as const];
    const request = { device: now, model: model.path, messages, settings };
    const result = await this.services.run(request, answer, controller.signal);
    answer.end();
    this.running = undefined;
    this.finish(result, answer);
    if (result.ok) this.services.ended(result.value, now, model);
  }

  dispose(): void {
    this.running?.abort();
    this.store.dispose();
  }

  /** What a run needs, or why there can be none now. */
  private ready(device: Device): Result<{ readonly settings: RunSettings; readonly now: Device }> {
    if (!this.services.trusted()) return failure("untrusted", text.untrusted());
    const now = this.services.current(device);
    if (now === undefined) return failure("device-gone", text.gone(device.name));
    const settings = this.services.settings();
    return settings.ok ? success({ settings: settings.value, now }) : settings;
  }

  private set(change: Partial<ChatView>): void {
    this.view = { ...this.view, ...change };
    this.changed.fire();
  }

  /** The page appends text that came, without drawing everything again. */
  private append(piece: string, rates: readonly number[], meter: RateMeter, status: Status | undefined): void {
    const { turns, phase } = this.view;
    const last = turns.at(-1);
    const numbers = liveNumbers(meter, status);
    const first = last?.role !== "assistant";
    const answer: Turn = first
      ? { role: "assistant", text: piece, tokens: meter.tokens, end: null, detail: null }
      : { ...last, text: last.text + piece, tokens: meter.tokens };
    this.view = {
      ...this.view,
      turns: [...(first ? turns : turns.slice(0, -1)), answer],
      rates: [...this.view.rates, ...rates],
      numbers,
      progress: null,
      phase: phase === "stopping" ? phase : "streaming",
    };
    if (first) this.changed.fire();
    else this.tokens.fire({ text: piece, rates, tokens: meter.tokens, numbers });
  }

  private finish(result: Result<RunOutcome>, answer: Answer): void {
    const { turns } = this.view;
    if (!result.ok) {
      const cancelled = result.failure.code === "cancelled";
      const notice = cancelled ? null : noticeOf(result.failure, false);
      const detail = cancelled ? text.stoppedBefore() : text.failedBefore();
      this.set({
        phase: "idle",
        progress: null,
        notice,
        turns: close(turns, cancelled ? "stopped" : "failed", detail),
      });
      return;
    }
    const outcome = result.value;
    const [end, detail] = ending(outcome);
    const prompted = withPromptTokens(turns, outcome.stats?.promptTokens ?? null);
    const answered = prompted.at(-1)?.role === "assistant" ? prompted : [...prompted, emptyAnswer];
    this.set({
      phase: "idle",
      progress: null,
      turns: close(answered, end, detail, outcome.tokens),
      numbers: finalNumbers(outcome, answer.meter, answer.status),
      notice: outcome.failure === undefined ? null : noticeOf(outcome.failure, outcome.tracePath !== undefined),
      notes: [...new Set(outcome.notes)],
      tracePath: outcome.tracePath ?? null,
    });
  }
}
