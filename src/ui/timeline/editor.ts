import * as vscode from "vscode";
import { DisposableStore } from "../../base/disposable";
import type { Log } from "../../base/log";
import type { ShapeCurves } from "../../run/shapeCurves";
import { success } from "../../base/result";
import { Channel } from "../messages/channel";
import type { TimelineHost, TimelinePage } from "../messages/timeline";
import { type CommandId, foreignTimelineEditorId, timelineEditorId } from "../contributions";
import { text } from "../text";
import { webviewHtml, webviewRoot } from "../webviewHtml";
import { webviewPort } from "../webviewPort";
import { saveExport } from "./exports";
import { isBeingWritten, readMore } from "./traceFile";

const addOverride: CommandId = "tandem.addOverride";
const runModel: CommandId = "tandem.runModel";

export interface TimelineDeps {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly curves: ShapeCurves["ask"];
}

/**
 * Shows Perfetto traces, and on demand traces of other programs, as timelines. The page reads the file itself; view
 * state lives in the page.
 */
export function registerTimelineEditor(deps: TimelineDeps): vscode.Disposable {
  const editor = new TimelineEditor(deps);
  const options = { supportsMultipleEditorsPerDocument: true };
  return vscode.Disposable.from(
    ...[timelineEditorId, foreignTimelineEditorId].map((id) =>
      vscode.window.registerCustomEditorProvider(id, editor, options),
    ),
  );
}

interface TraceDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

class TimelineEditor implements vscode.CustomReadonlyEditorProvider<TraceDocument> {
  constructor(private readonly deps: TimelineDeps) {}

  openCustomDocument(uri: vscode.Uri): TraceDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: TraceDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.deps;
    const { webview } = panel;
    const fileName = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    webview.options = {
      enableScripts: true,
      localResourceRoots: [webviewRoot(extensionUri), vscode.Uri.joinPath(uri, "..")],
    };
    const store = new DisposableStore();
    const channel = store.add(
      new Channel<TimelineHost, TimelinePage>(
        webviewPort(webview),
        {
          load: async () =>
            success({ fileName, uri: webview.asWebviewUri(uri).toString(), running: await isBeingWritten(uri) }),
          more: ({ from }) => readMore(uri, fileName, from),
          save: (request) => saveExport(extensionUri, uri, fileName, request),
          curves: (params, signal) => this.deps.curves(params, signal),
          copy: async ({ text }) => {
            await vscode.env.clipboard.writeText(text);
            return success(null);
          },
          openInPerfetto: async () => {
            // A browser cannot open the folder, so it is told where the file is.
            if (vscode.env.uiKind === vscode.UIKind.Desktop)
              await vscode.commands.executeCommand("revealFileInOS", uri);
            else void vscode.window.showInformationMessage(text.dragIntoPerfetto(uri.fsPath));
            await vscode.env.openExternal(vscode.Uri.parse("https://ui.perfetto.dev"));
            return success(null);
          },
        },
        {
          problem: ({ code, message }) => log.write("warning", `Timeline of ${fileName}: ${message} (${code})`),
          run: () => void vscode.commands.executeCommand(runModel),
          override: (request) => void vscode.commands.executeCommand(addOverride, request),
          tune: () => void vscode.commands.executeCommand("tandem.tune", uri),
        },
        { timeoutMs: 0 },
      ),
    );
    const watcher = store.add(
      vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(vscode.Uri.joinPath(uri, ".."), fileName.replace(/[[\]{}?*]/g, "?")),
      ),
    );
    const changed = (): void => channel.emit("changed", null);
    store.add(watcher.onDidChange(changed));
    store.add(watcher.onDidCreate(changed));
    panel.onDidDispose(() => store.dispose());
    webview.html = webviewHtml(webview, extensionUri, { title: fileName, bundle: "timeline" });
  }
}
