import * as vscode from "vscode";
import path from "node:path";
import type { App } from "../app";
import { changeSetting, setting } from "../settings";
import { foreignTimelineEditorId } from "../contributions";
import { text } from "../text";
import type { RowSubject } from "../trees/row";

export async function addModelsFolder(): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: true,
    openLabel: text.chooseFolder(),
  });
  if (chosen === undefined) return;
  const folders = setting("tandem.models.folders");
  await changeSetting("tandem.models.folders", [...new Set([...folders, ...chosen.map((uri) => uri.fsPath)])]);
}

/** Deletes the run, or all that are selected, after asking. */
export async function deleteRun(app: App, subject: RowSubject, all: readonly RowSubject[]): Promise<void> {
  const files = (all.length > 1 ? all : [subject]).flatMap(({ runPath }) => (runPath === undefined ? [] : [runPath]));
  const [first] = files;
  if (first === undefined) return;
  const question =
    files.length === 1 ? text.deleteRun(path.basename(first, ".pftrace")) : text.deleteRuns(files.length);
  const options = { modal: true, detail: text.deleteRunDetail() };
  const answer = await vscode.window.showWarningMessage(question, options, text.delete());
  if (answer === text.delete()) for (const file of files) await app.runs.delete(file);
}

export async function revealFile(subject: RowSubject): Promise<void> {
  const file = subject.runPath ?? subject.modelPath;
  if (file !== undefined) await vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(file));
}

export async function copyPath(subject: RowSubject): Promise<void> {
  const file = subject.runPath ?? subject.modelPath;
  if (file !== undefined) await vscode.env.clipboard.writeText(file);
}

/** Opens a trace of another program, the one given or one that is chosen. */
export async function openAsTimeline(subject: RowSubject): Promise<void> {
  const chosen =
    subject.modelPath === undefined
      ? await vscode.window.showOpenDialog({ openLabel: text.openAsTimeline() })
      : [vscode.Uri.file(subject.modelPath)];
  const uri = chosen?.[0];
  if (uri === undefined) return;
  await vscode.commands.executeCommand("vscode.openWith", uri, foreignTimelineEditorId, { preview: false });
}
