import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { success } from "../../base/result";
import type { Device } from "../../device/device";
import type { DoctorReport } from "../../device/doctorReport";
import { doctorPanelId } from "../contributions";
import { Channel } from "../messages/channel";
import type { DoctorFix, DoctorHost, DoctorPage, DoctorState } from "../messages/doctor";
import { text } from "../text";
import { webviewHtml, webviewRoot } from "../webviewHtml";
import { webviewPort } from "../webviewPort";

export interface DoctorDeps {
  readonly extensionUri: vscode.Uri;
  /** The device as it is now; undefined when it is gone. */
  current(device: Device): Device | undefined;
  diagnose(device: Device, stage: (name: string) => void, signal: AbortSignal): Promise<DoctorReport>;
  fix(fix: DoctorFix, device: Device): void;
}

/** The one panel that says why GPU or NPU is not used; closing it ends a check that goes on. */
export class DoctorPanel implements Disposable {
  private readonly store = new DisposableStore();
  private panel: vscode.WebviewPanel | undefined;
  private channel: Channel<DoctorHost, DoctorPage> | undefined;
  private checking: AbortController | undefined;
  private device: Device | undefined;
  private state: DoctorState = { deviceName: "", busy: null, report: null, checkedAt: "" };

  constructor(private readonly deps: DoctorDeps) {}

  async show(device: Device): Promise<void> {
    this.device = device;
    if (this.panel === undefined) this.open();
    else this.panel.reveal();
    await this.check();
  }

  dispose(): void {
    this.panel?.dispose();
    this.store.dispose();
  }

  private async check(): Promise<void> {
    const { device } = this;
    if (device === undefined) return;
    this.checking?.abort();
    const controller = new AbortController();
    this.checking = controller;
    this.set({ deviceName: device.name, busy: text.looking(device.name), report: null, checkedAt: "" });
    const now = this.deps.current(device) ?? device;
    const stage = (busy: string): void => this.set({ ...this.state, busy });
    const report = await this.deps.diagnose(now, stage, controller.signal);
    if (controller.signal.aborted) return;
    const checkedAt = new Date().toLocaleTimeString(vscode.env.language, { hour: "2-digit", minute: "2-digit" });
    this.set({ deviceName: now.name, busy: null, report, checkedAt });
  }

  private set(state: DoctorState): void {
    this.state = state;
    this.channel?.emit("state", state);
  }

  private open(): void {
    const { extensionUri } = this.deps;
    const panel = vscode.window.createWebviewPanel(doctorPanelId, text.doctorTitle(), vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [webviewRoot(extensionUri)],
    });
    const channel = new Channel<DoctorHost, DoctorPage>(
      webviewPort(panel.webview),
      { ready: () => success(this.state) },
      {
        checkAgain: () => void this.check(),
        copy: ({ text: copied }) => void vscode.env.clipboard.writeText(copied),
        fix: (fix) => {
          if (this.device !== undefined) this.deps.fix(fix, this.device);
        },
      },
    );
    this.panel = panel;
    this.channel = channel;
    panel.onDidDispose(() => {
      channel.dispose();
      this.checking?.abort();
      this.panel = undefined;
      this.channel = undefined;
    });
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { title: text.doctorTitle(), bundle: "doctor" });
  }
}
