import type { RunPanelState } from "../../src/ui/messages/run";
import { type Button, button } from "../shared/controls";
import { element, show, textButton } from "./dom";

export interface ComposerActions {
  send(prompt: string): void;
  stop(): void;
  set(name: "temperature" | "maxTokens", value: number): void;
  openSettings(): void;
}

/** The prompt box with the settings that matter most, and Send or Stop. */
export class Composer {
  readonly root = element("form", "composer");
  private readonly box = element("textarea");
  private readonly temperature: HTMLInputElement;
  private readonly maxTokens: HTMLInputElement;
  private readonly template = element("span");
  private readonly send: Button;
  private readonly stop: Button;
  private state: RunPanelState | undefined;

  constructor(private readonly actions: ComposerActions) {
    this.box.rows = 1;
    this.box.setAttribute("aria-label", "Prompt");
    this.box.addEventListener("input", () => this.resize());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.temperature = this.number("temperature", 0, 5, 0.1);
    this.maxTokens = this.number("maxTokens", 1, 131_072, 1);
    this.send = button({ label: "Send", icon: "send", title: "Send (Enter)", onClick: () => this.submit() });
    this.stop = button({
      label: "Stop",
      appearance: "secondary",
      icon: "debug-stop",
      title: "Stop (Esc)",
      onClick: () => actions.stop(),
    });
    this.stop.append(element("kbd", "", "Esc"));
    const settings = textButton("link more", "more", () => actions.openSettings());
    settings.setAttribute("aria-label", "More run settings");
    this.root.append(
      this.box,
      element(
        "div",
        "row",
        element(
          "div",
          "settings",
          setting("temperature", this.temperature),
          setting("at most", this.maxTokens),
          element("span", "setting template", element("span", "muted", "template"), this.template),
          settings,
        ),
        this.send,
        this.stop,
      ),
    );
    this.root.addEventListener("submit", (event) => event.preventDefault());
  }

  update(state: RunPanelState): void {
    this.state = state;
    const working = state.phase !== "idle";
    show(this.send, !working);
    show(this.stop, working);
    this.stop.disabled = state.phase === "stopping";
    this.send.disabled = !canSend(state);
    this.box.placeholder = placeholder(state);
    this.template.textContent = state.settings.template ?? "–";
    if (document.activeElement !== this.temperature) this.temperature.value = String(state.settings.temperature);
    if (document.activeElement !== this.maxTokens) this.maxTokens.value = String(state.settings.maxTokens);
  }

  focus(): void {
    this.box.focus();
  }

  private key(event: KeyboardEvent): void {
    // Enter that ends a composition of an input method is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  private submit(): void {
    const prompt = this.box.value.trim();
    if (prompt === "" || this.state === undefined || !canSend(this.state)) return;
    this.box.value = "";
    this.resize();
    this.actions.send(prompt);
  }

  private resize(): void {
    this.box.style.height = "auto";
    this.box.style.height = `${String(Math.min(this.box.scrollHeight, 220))}px`;
  }

  private number(name: "temperature" | "maxTokens", min: number, max: number, step: number): HTMLInputElement {
    const input = element("input");
    input.type = "number";
    input.min = String(min);
    input.max = String(max);
    input.step = String(step);
    input.addEventListener("change", () => {
      const value = input.valueAsNumber;
      if (Number.isFinite(value)) this.actions.set(name, Math.min(max, Math.max(min, value)));
    });
    return input;
  }
}

function setting(label: string, input: HTMLInputElement): HTMLElement {
  return element("label", "setting", element("span", "muted", label), input);
}

function canSend(state: RunPanelState): boolean {
  return state.phase === "idle" && state.trusted && state.model !== null && state.device !== null;
}

function placeholder(state: RunPanelState): string {
  if (!state.trusted) return "Running is off in a workspace that is not trusted";
  if (state.model === null || state.device === null) return "Choose a model and a device above";
  const where = { computer: "this computer", phone: "the phone", "virtual-phone": "the virtual phone" };
  return `Ask the model on ${where[state.device.kind]}`;
}
