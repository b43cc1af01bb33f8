import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable";
import { text } from "./text";

const scheme = "tandem-log";

/** Logs of agents as read-only documents; showing one again brings it up to date. */
export class AgentLogs implements Disposable, vscode.TextDocumentContentProvider {
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new vscode.EventEmitter<vscode.Uri>());
  private readonly contents = new Map<string, string>();
  readonly onDidChange = this.changed.event;

  constructor() {
    this.store.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.contents.get(uri.toString()) ?? "";
  }

  async show(deviceName: string, deviceId: string, log: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${text.agentLogTitle(deviceName)}`, query: deviceId });
    this.contents.set(uri.toString(), log);
    this.changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, "log");
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    editor.revealRange(new vscode.Range(document.lineCount, 0, document.lineCount, 0));
  }

  dispose(): void {
    this.store.dispose();
  }
}
