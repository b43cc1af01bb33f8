import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter, type Event } from "../../base/event";
import { type Result, success } from "../../base/result";
import { type TandemJson, parseTandemJson } from "../../plan/tandemJson";
import { tandemJsonName } from "../../plan/writeTandemJson";

/** The `tandem.json` of the workspace: what it says now, followed as it changes on disk. */
export class Project implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new Emitter<void>());
  private state: Result<TandemJson | undefined> = success(undefined);

  constructor() {
    this.onDidChange = this.changed.event;
    const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(`**/${tandemJsonName}`));
    const read = (): void => void this.read();
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.store.add(event(read));
    this.store.add(vscode.workspace.onDidChangeWorkspaceFolders(read));
    read();
  }

  /** Undefined where there is no file; a failure where it cannot be used. */
  get current(): Result<TandemJson | undefined> {
    return this.state;
  }

  /** Where the file is, or would be made: in the first folder of the workspace. */
  get file(): vscode.Uri | undefined {
    const folder = vscode.workspace.workspaceFolders?.[0];
    return folder === undefined ? undefined : vscode.Uri.joinPath(folder.uri, tandemJsonName);
  }

  async read(): Promise<void> {
    const { file } = this;
    let bytes: Uint8Array | undefined;
    try {
      bytes = file === undefined ? undefined : await vscode.workspace.fs.readFile(file);
    } catch {
      bytes = undefined; // There is none.
    }
    this.state =
      bytes === undefined ? success(undefined) : parseTandemJson(new TextDecoder().decode(bytes), tandemJsonName);
    this.changed.fire();
  }

  dispose(): void {
    this.store.dispose();
  }
}
