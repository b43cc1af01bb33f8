import * as vscode from "vscode";
import type { SolverSettings } from "../../agent/protocol.gen";
import { type Result, failure, success } from "../../base/result";
import { savedText } from "../../plan/saveSettings";
import { tandemJsonName } from "../../plan/writeTandemJson";
import { text } from "../text";

/** The workspace's `tandem.json`; undefined where no folder is open. */
export function tandemFile(): vscode.Uri | undefined {
  const folder = vscode.workspace.workspaceFolders?.[0];
  return folder === undefined ? undefined : vscode.Uri.joinPath(folder.uri, tandemJsonName);
}

/** As it is in the editor, saved or not; undefined where there is none. */
export async function readTandemFile(uri: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText();
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}

/** Writes the solver's settings as one edit, which undo takes back, and shows the file. */
export async function saveTandemFile(settings: SolverSettings): Promise<Result<null>> {
  const uri = tandemFile();
  if (uri === undefined) return failure("no-folder", text.tuneNoFolder());
  const before = await readTandemFile(uri);
  const after = savedText(before, settings);
  if (!after.ok) return after;
  const edit = new vscode.WorkspaceEdit();
  if (before === undefined) edit.createFile(uri, { contents: new TextEncoder().encode(after.value) });
  else if (before !== after.value) {
    const document = await vscode.workspace.openTextDocument(uri);
    const whole = new vscode.Range(document.positionAt(0), document.positionAt(before.length));
    edit.replace(uri, whole, after.value);
  }
  if (!(await vscode.workspace.applyEdit(edit))) return failure("file-unwritable", text.tuneNotWritten());
  const document = await vscode.workspace.openTextDocument(uri);
  if (!(await document.save())) return failure("file-unwritable", text.tuneNotWritten());
  return success(null);
}
