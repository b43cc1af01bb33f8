import type { RunNumbers, RunPanelState } from "../../src/ui/messages/run";
import { type Quantity, bytes, duration, figures, fixed, join, thousands, tokenCount } from "../shared/format";
import { element, show, textButton } from "./dom";
import { Sparkline } from "./sparkline";

/** Key numbers of the last answer, its rate per token, and the way to its timeline. */
export class Numbers {
  readonly root = element("section", "numbers hidden");
  private readonly keys = element("div", "keys");
  private readonly sparkline = new Sparkline();
  private readonly timeline: HTMLButtonElement;
  private readonly after = element("div", "after");
  private rates: number[] = [];

  constructor(openTimeline: () => void) {
    this.timeline = textButton("link", "Open timeline", openTimeline);
    this.root.setAttribute("aria-label", "Numbers of the last answer");
    this.after.append(this.timeline);
    this.root.append(this.keys, this.sparkline.root, this.after);
  }

  update(state: RunPanelState): void {
    this.rates = [...state.rates];
    show(this.root, state.numbers !== null);
    show(this.after, state.tracePath !== null && state.phase === "idle");
    if (state.numbers !== null) this.render(state.numbers, state.device?.kind ?? "computer");
    // The whole width belongs to what came, once nothing more comes.
    this.sparkline.draw(this.rates, state.phase === "idle" ? this.rates.length + 1 : state.limit);
  }

  append(rates: readonly number[], numbers: RunNumbers, state: RunPanelState): void {
    this.rates.push(...rates);
    show(this.root, true);
    this.render(numbers, state.device?.kind ?? "computer");
    this.sparkline.draw(this.rates, state.limit);
  }

  private render(numbers: RunNumbers, kind: NonNullable<RunPanelState["device"]>["kind"]): void {
    const { celsius, firstTokenMs, prefillRate, decodeRate, memoryBytes, ranOn } = numbers;
    const warm = celsius === null ? null : { value: fixed(celsius, 1), unit: "°C" };
    const keys: (HTMLElement | false)[] = [
      key("First token", firstTokenMs === null ? null : duration(firstTokenMs * 1e6), prompt(numbers)),
      // Known when the run has ended.
      prefillRate !== null && key("Prefill", rate(prefillRate), prefillNote(numbers)),
      key("Decode", decodeRate === null ? null : rate(decodeRate), decodeNote(numbers)),
      key("Memory", memoryBytes === null ? null : bytes(memoryBytes), memoryNote(numbers)),
      warm !== null && key(kind === "computer" ? "Computer" : "Phone", warm, ""),
      ranOn !== null && key("Ran on", { value: ranOn, unit: "" }, numbers.ranOnDetail ?? ""),
    ];
    this.keys.replaceChildren(...keys.filter((item) => item !== false));
  }
}

function rate(perSecond: number): Quantity {
  return { value: figures(perSecond), unit: "tok/s" };
}

function key(label: string, quantity: Quantity | null, note: string): HTMLElement {
  const value = element("span", "value", quantity?.value ?? "–");
  if (quantity !== null && quantity.unit !== "") value.append(element("small", "", quantity.unit));
  return element("div", "key", element("span", "label", label), value, element("span", "note", note || "\u00a0"));
}

function prompt({ promptTokens }: RunNumbers): string {
  return promptTokens === null ? "" : tokenCount(promptTokens);
}

function prefillNote({ cachedTokens }: RunNumbers): string {
  return cachedTokens === null || cachedTokens === 0 ? "" : `${thousands(cachedTokens)} were cached`;
}

function decodeNote({ decodeTokens, live }: RunNumbers): string {
  if (decodeTokens === 0) return "";
  return live && decodeTokens > 1 ? `last ${tokenCount(decodeTokens)}` : tokenCount(decodeTokens);
}

function memoryNote({ memoryAvailableBytes }: RunNumbers): string {
  return memoryAvailableBytes === null ? "" : `${join(bytes(memoryAvailableBytes))} free`;
}
