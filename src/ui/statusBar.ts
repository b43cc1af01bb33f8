import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable";
import type { CommandId } from "./contributions";
import type { RunPanelState } from "./messages/run";
import type { Chat } from "./run/chat";
import { text } from "./text";

/** What runs where and how fast; a click stops the run, or shows its panel. Hidden until something is chosen. */
export class StatusBar implements Disposable {
  private readonly store = new DisposableStore();
  private readonly item = this.store.add(
    vscode.window.createStatusBarItem("tandem.status", vscode.StatusBarAlignment.Right, 100),
  );

  constructor(private readonly chat: Chat) {
    this.item.name = "Tandem";
    this.store.add(chat.onDidChange(() => this.update()));
    this.store.add(chat.onTokens(() => this.update()));
    this.update();
  }

  dispose(): void {
    this.store.dispose();
  }

  private update(): void {
    const { device, phase } = this.chat.state;
    if (device === null) {
      this.item.hide();
      return;
    }
    const stop: CommandId = "tandem.stop";
    const show: CommandId = "tandem.showRunPanel";
    const working = phase !== "idle";
    const words = statusText(this.chat.state, device.name);
    this.item.text = `$(${working ? "debug-stop" : "graph-line"}) ${words}`;
    this.item.tooltip = working ? text.statusStop() : text.statusShow();
    this.item.command = working ? stop : show;
    this.item.accessibilityInformation = { label: `Tandem: ${words}`, role: "button" };
    this.item.show();
  }
}

function statusText({ phase, numbers }: RunPanelState, device: string): string {
  if (phase === "preparing") return text.statusPreparing(device);
  if (phase !== "idle") return text.statusRunning(device, numbers?.decodeRate ?? null);
  if (numbers === null || numbers.ranOn === null || numbers.decodeRate === null) return device;
  return text.statusIdle(device, numbers.ranOn, numbers.decodeRate);
}
