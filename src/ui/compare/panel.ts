import path from "node:path";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import type { Log } from "../../base/log";
import { type Result, failure, success } from "../../base/result";
import { comparePanelId } from "../contributions";
import { Channel } from "../messages/channel";
import type { CompareHost, ComparePage, Side } from "../messages/compare";
import type { TraceSource } from "../messages/timeline";
import { text } from "../text";
import { webviewHtml, webviewRoot } from "../webviewHtml";
import { webviewPort } from "../webviewPort";

/** Paths of the two traces. */
export type ComparedFiles = Readonly<Record<Side, string>>;

export interface ComparePanelDeps {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  openTimeline(file: string): void;
}

/** Panels with two runs side by side; the same two are shown once. */
export class ComparePanels implements Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly deps: ComparePanelDeps) {}

  show(files: ComparedFiles): void {
    const key = [files.a, files.b].sort().join("\n");
    const known = this.panels.get(key);
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const { extensionUri } = this.deps;
    const panel = vscode.window.createWebviewPanel(comparePanelId, text.compareTitle(), vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [webviewRoot(extensionUri)],
    });
    this.panels.set(key, panel);
    const connection = connect(panel, files, this.deps);
    panel.onDidDispose(() => {
      connection.dispose();
      this.panels.delete(key);
    });
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { title: text.compareTitle(), bundle: "compare" });
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }
}

function connect(panel: vscode.WebviewPanel, files: ComparedFiles, deps: ComparePanelDeps): Disposable {
  const store = new DisposableStore();
  let now = files;
  const channel = store.add(
    new Channel<CompareHost, ComparePage>(
      webviewPort(panel.webview),
      {
        load: ({ run }) => readTrace(now[run]),
        copy: async ({ text: copied }) => {
          await vscode.env.clipboard.writeText(copied);
          return success(null);
        },
      },
      {
        openTimeline: ({ run }) => deps.openTimeline(now[run]),
        swapped: () => (now = { a: now.b, b: now.a }),
        problem: ({ code, message }) => deps.log.write("warning", `Comparison: ${message} (${code})`),
      },
      { timeoutMs: 0 },
    ),
  );
  for (const file of [files.a, files.b]) {
    const folder = vscode.Uri.file(path.dirname(file));
    const pattern = new vscode.RelativePattern(folder, path.basename(file).replace(/[[\]{}?*]/g, "?"));
    const watcher = store.add(vscode.workspace.createFileSystemWatcher(pattern));
    store.add(watcher.onDidChange(() => channel.emit("changed", null)));
  }
  return store;
}

async function readTrace(file: string): Promise<Result<TraceSource>> {
  const fileName = path.basename(file);
  try {
    // The editor may hand out a Buffer, and a message carries a Buffer as JSON.
    const bytes = new Uint8Array(await vscode.workspace.fs.readFile(vscode.Uri.file(file)));
    return success({ fileName, bytes });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return failure("trace-unreadable", `${fileName} could not be read: check that the file is still there.`, { cause });
  }
}
