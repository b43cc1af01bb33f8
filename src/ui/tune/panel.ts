import * as vscode from "vscode";
import { DisposableStore } from "../../base/disposable";
import type { Log } from "../../base/log";
import { type Result, failure } from "../../base/result";
import { tandemJsonName } from "../../plan/writeTandemJson";
import { tunePanelId } from "../contributions";
import { Channel } from "../messages/channel";
import type { TuneHost, TunePage, TuneState } from "../messages/tune";
import { text } from "../text";
import { webviewHtml, webviewRoot } from "../webviewHtml";
import { webviewPort } from "../webviewPort";
import { readTandemFile, saveTandemFile, tandemFile } from "./file";
import { tuneHandlers } from "./handlers";
import { readTunable } from "./subject";
import { Tuner, type TunerHost } from "./tuner";

export interface TunePanelDeps {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly host: TunerHost;
  /** Something that the state speaks of may have changed: devices, models, trust. */
  readonly onDidChange: (listener: () => void) => vscode.Disposable;
}

/** The tuner of one run, beside its timeline. One panel for each trace. */
export class TunePanels implements vscode.Disposable {
  private readonly open = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly deps: TunePanelDeps) {}

  show(trace: vscode.Uri): void {
    const known = this.open.get(trace.toString());
    if (known !== undefined) return known.reveal();
    const fileName = trace.path.slice(trace.path.lastIndexOf("/") + 1);
    const { extensionUri } = this.deps;
    const panel = vscode.window.createWebviewPanel(tunePanelId, text.tuneTitleOf(fileName), vscode.ViewColumn.Beside, {
      enableScripts: true,
      retainContextWhenHidden: true,
      localResourceRoots: [webviewRoot(extensionUri)],
    });
    this.open.set(trace.toString(), panel);
    const owned = new DisposableStore();
    panel.onDidDispose(() => {
      this.open.delete(trace.toString());
      owned.dispose();
    });
    serve(this.deps, trace, fileName, panel, owned);
    panel.webview.html = webviewHtml(panel.webview, extensionUri, { title: text.tuneTitle(), bundle: "tune" });
  }

  dispose(): void {
    for (const panel of [...this.open.values()]) panel.dispose();
  }
}

function serve(
  { host, log, onDidChange }: TunePanelDeps,
  trace: vscode.Uri,
  fileName: string,
  panel: vscode.WebviewPanel,
  owned: DisposableStore,
): void {
  const ending = new AbortController();
  owned.add({ dispose: () => ending.abort() });
  let tuner: Result<Tuner> = failure("busy", text.tuneReading());
  const state = async (): Promise<TuneState> => {
    const uri = tandemFile();
    const fileText = uri === undefined ? undefined : await readTandemFile(uri);
    if (!tuner.ok) {
      return {
        subject: null,
        problem: tuner.failure,
        device: { ready: false, reason: tuner.failure.message },
        file: { name: tandemJsonName, text: fileText ?? null, writable: false },
      };
    }
    await tuner.value.feel(ending.signal);
    return tuner.value.state(fileText, uri !== undefined);
  };
  const handlers = tuneHandlers({
    tuner: () => tuner,
    ready: async () => {
      tuner = await openTuner(trace, fileName, host);
      if (tuner.ok) follow(tuner.value);
      else log.write("warning", `Tuner of ${fileName}: ${tuner.failure.message} (${tuner.failure.code})`);
      return state();
    },
    save: saveTandemFile,
  });
  const channel = owned.add(
    new Channel<TuneHost, TunePage>(
      webviewPort(panel.webview),
      handlers,
      {
        stop: () => {
          if (tuner.ok) tuner.value.stop();
        },
      },
      { timeoutMs: 0 },
    ),
  );
  const follow = (one: Tuner): void => {
    owned.add(one);
    owned.add(one.onProgress((value) => channel.emit("progress", value)));
    owned.add(one.onAb((value) => channel.emit("ab", value)));
    owned.add(one.onAutotune((value) => channel.emit("autotune", value)));
  };
  const tell = (): void => void state().then((value) => channel.emit("state", value));
  owned.add(onDidChange(tell));
  owned.add(
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.toString() === tandemFile()?.toString()) tell();
    }),
  );
  owned.add(
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.uri.toString() === tandemFile()?.toString()) tell();
    }),
  );
}

async function openTuner(trace: vscode.Uri, fileName: string, host: TunerHost): Promise<Result<Tuner>> {
  let bytes: Uint8Array;
  try {
    bytes = await vscode.workspace.fs.readFile(trace);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return failure("trace-unreadable", text.missingFile(fileName), { cause });
  }
  const tunable = readTunable(bytes, fileName);
  return tunable.ok ? { ok: true, value: new Tuner(tunable.value, host) } : tunable;
}
