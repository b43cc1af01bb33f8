import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable";

const scheme = "tandem-document";

/** A text that an editor shows and nobody can change. */
export interface TextDocument {
  readonly title: string;
  /** Documents of one title and id are one: showing it again brings it up to date. */
  readonly id: string;
  readonly content: string;
}

/** Logs and reports as read-only documents. */
export class Documents implements Disposable, vscode.TextDocumentContentProvider {
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

  /** Shows its end. */
  async showLog(log: TextDocument): Promise<void> {
    const document = await vscode.workspace.openTextDocument(this.keep(log));
    await vscode.languages.setTextDocumentLanguage(document, "log");
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    editor.revealRange(new vscode.Range(document.lineCount, 0, document.lineCount, 0));
  }

  /** Shows Markdown as it reads, in the editor's own preview. */
  async showMarkdown(report: TextDocument): Promise<void> {
    const uri = this.keep({ ...report, title: `${report.title}.md` });
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  dispose(): void {
    this.store.dispose();
  }

  private keep({ title, id, content }: TextDocument): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/${title}`, query: id });
    this.contents.set(uri.toString(), content);
    this.changed.fire(uri);
    return uri;
  }
}
