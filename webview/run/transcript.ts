import type { PanelProgress, RunPanelState, Turn } from "../../src/ui/messages/run";
import { progressRing, registerControls } from "../shared/controls";
import { thousands, tokenCount } from "../shared/format";
import { codicon, element, show, textButton } from "./dom";

export interface TranscriptActions {
  suggest(prompt: string): void;
}

/** The chat: what was asked, what was answered, and what is being prepared. Stays at the end unless scrolled away. */
export class Transcript {
  readonly root = element("main", "transcript");
  private readonly log = element("div", "log");
  private readonly empty = element("div", "empty");
  private readonly progress = new ProgressBlock();
  private answer: { readonly who: HTMLElement; readonly text: Text } | undefined;
  private atEnd = true;
  private lastTop = 0;

  constructor(private readonly actions: TranscriptActions) {
    registerControls();
    this.log.setAttribute("role", "log");
    this.log.setAttribute("aria-label", "Chat");
    this.root.append(this.empty, this.log, this.progress.root);
    this.root.tabIndex = 0;
    // The numbers below appear and grow; the end stays in sight.
    new ResizeObserver(() => this.stay()).observe(this.root);
    this.root.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.root;
      if (scrollHeight - scrollTop - clientHeight < 24) this.atEnd = true;
      else if (scrollTop < this.lastTop) this.atEnd = false;
      this.lastTop = scrollTop;
    });
  }

  update(state: RunPanelState): void {
    const streaming = state.phase === "streaming" || state.phase === "stopping";
    this.answer = undefined;
    this.log.replaceChildren(...state.turns.map((turn, index) => this.turn(turn, state, index, streaming)));
    this.progress.update(state.phase === "preparing" ? state.progress : null);
    show(this.empty, state.turns.length === 0 && state.phase === "idle");
    this.empty.replaceChildren(...this.welcome(state));
    this.stay();
  }

  /** @param tokens generated so far, of at most `limit`. */
  append(text: string, tokens: number, limit: number): void {
    if (this.answer === undefined) return;
    this.answer.text.appendData(text);
    this.answer.who.textContent = `Assistant · token ${thousands(tokens)} of at most ${thousands(limit)}`;
    this.stay();
  }

  private turn(turn: Turn, state: RunPanelState, index: number, streaming: boolean): HTMLElement {
    const last = index === state.turns.length - 1 && turn.role === "assistant";
    const live = last && streaming;
    const text = document.createTextNode(turn.text);
    const body = element("p", "said", text);
    if (live) body.append(element("span", "cursor"));
    const who = element("div", "who", caption(turn, live, state.limit));
    if (last) this.answer = { who, text };
    const detail = turn.detail === null ? "" : element("div", "cut", turn.detail);
    return element("article", `turn ${turn.role}`, who, body, detail);
  }

  private welcome(state: RunPanelState): HTMLElement[] {
    const hint = element("p", "hint", "Enter sends, Shift+Enter makes a new line, Esc stops.");
    if (state.suggestions.length === 0) return [hint];
    const list = state.suggestions.map((prompt) => {
      const button = textButton("suggestion", prompt, () => this.actions.suggest(prompt));
      button.prepend(codicon("comment"));
      return button;
    });
    return [element("h2", "", "Try one of these"), ...list, hint];
  }

  private stay(): void {
    if (this.atEnd) this.root.scrollTop = this.root.scrollHeight;
  }
}

function caption(turn: Turn, live: boolean, limit: number): string {
  if (turn.role === "user") return turn.tokens === null ? "You" : `You · ${tokenCount(turn.tokens)}`;
  if (live) return `Assistant · token ${thousands(turn.tokens ?? 0)} of at most ${thousands(limit)}`;
  return turn.tokens === null ? "Assistant" : `Assistant · ${tokenCount(turn.tokens)}`;
}

/** What is being prepared: stage, figures, and a bar where the whole is known. */
class ProgressBlock {
  readonly root = element("div", "progress hidden");
  private readonly stage = element("span", "stage");
  private readonly detail = element("span", "muted");
  private readonly fill = element("div", "fill");
  private readonly bar = element("div", "bar", this.fill);

  constructor() {
    const ring = progressRing("Preparing");
    const words = element("div", "words", this.stage, this.detail);
    this.root.append(element("div", "line", ring, words), this.bar);
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-valuemin", "0");
    this.bar.setAttribute("aria-valuemax", "100");
  }

  update(progress: PanelProgress | null): void {
    show(this.root, progress !== null);
    if (progress === null) return;
    this.stage.textContent = progress.stage;
    this.detail.textContent = progress.detail;
    const percent = progress.fraction === null ? null : Math.round(progress.fraction * 1000) / 10;
    show(this.bar, percent !== null);
    if (percent === null) return;
    this.fill.style.width = `${String(percent)}%`;
    this.bar.setAttribute("aria-valuenow", String(Math.round(percent)));
    this.bar.setAttribute("aria-label", progress.stage);
  }
}
