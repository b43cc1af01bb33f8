import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { success } from "../../base/result";
import { runPanelId } from "../contributions";
import { Channel } from "../messages/channel";
import { readKeptChat } from "../messages/keptChat";
import type { NoticeAction, RunHost, RunPage } from "../messages/run";
import { changeSetting } from "../settings";
import { text } from "../text";
import { webviewHtml, webviewRoot } from "../webviewHtml";
import { webviewPort } from "../webviewPort";
import type { Chat } from "./chat";

export interface RunPanelActions {
  pickDevice(): void;
  pickModel(): void;
  openTimeline(): void;
  act(action: Exclude<NoticeAction, "retry" | "open-timeline" | "pick-device" | "pick-model">): void;
}

/** The one run panel. Closing it does not end a run: opening it again shows where it stands. */
export class RunPanel implements Disposable {
  private readonly store = new DisposableStore();
  private panel: vscode.WebviewPanel | undefined;
  private channel: Channel<RunHost, RunPage> | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly chat: Chat,
    private readonly actions: RunPanelActions,
  ) {
    this.store.add(chat.onDidChange(() => this.update()));
    this.store.add(chat.onTokens((tokens) => this.channel?.emit("tokens", tokens)));
  }

  get isOpen(): boolean {
    return this.panel !== undefined;
  }

  show(): void {
    if (this.panel === undefined) {
      const column = vscode.ViewColumn.Active;
      this.adopt(vscode.window.createWebviewPanel(runPanelId, text.runTitleEmpty(), column, this.options()));
    } else {
      this.panel.reveal();
      this.channel?.emit("focusPrompt", null);
    }
  }

  /** Takes over a panel that VS Code kept from before the window was reloaded, with what its page had left there. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const kept = readKeptChat(state);
    if (kept !== undefined) this.chat.restore(kept);
    this.adopt(panel);
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    const { webview } = panel;
    webview.options = this.options();
    panel.iconPath = {
      dark: vscode.Uri.joinPath(this.extensionUri, "media/icons/run-dark.svg"),
      light: vscode.Uri.joinPath(this.extensionUri, "media/icons/run-light.svg"),
    };
    const { chat, actions } = this;
    const channel = new Channel<RunHost, RunPage>(
      webviewPort(webview),
      { ready: () => success(chat.state) },
      {
        send: (prompt) => void chat.send(prompt),
        stop: () => chat.stop(),
        newChat: () => chat.newChat(),
        pickDevice: () => actions.pickDevice(),
        pickModel: () => actions.pickModel(),
        openTimeline: () => actions.openTimeline(),
        openSettings: () => void vscode.commands.executeCommand("workbench.action.openSettings", "tandem.run"),
        set: ({ name, value }) => void changeSetting(`tandem.run.${name}`, value),
        act: (action) => this.act(action),
      },
    );
    this.channel = channel;
    panel.onDidDispose(() => {
      channel.dispose();
      if (this.panel === panel) this.panel = undefined;
      if (this.channel === channel) this.channel = undefined;
    });
    this.update();
    webview.html = webviewHtml(webview, this.extensionUri, { title: text.runTitleEmpty(), bundle: "run" });
  }

  update(): void {
    if (this.panel === undefined) return;
    const { state } = this.chat;
    this.panel.title = state.model === null ? text.runTitleEmpty() : text.runTitle(state.model.name);
    this.channel?.emit("state", state);
  }

  dispose(): void {
    this.panel?.dispose();
    this.store.dispose();
  }

  private act(action: NoticeAction): void {
    if (action === "retry") void this.chat.retry();
    else if (action === "open-timeline") this.actions.openTimeline();
    else if (action === "pick-device") this.actions.pickDevice();
    else if (action === "pick-model") this.actions.pickModel();
    else this.actions.act(action);
  }

  private options(): vscode.WebviewOptions & vscode.WebviewPanelOptions {
    return { enableScripts: true, enableFindWidget: true, localResourceRoots: [webviewRoot(this.extensionUri)] };
  }
}
