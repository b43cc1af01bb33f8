import * as vscode from "vscode";
import { type Result, failure, success } from "../../base/result";
import { emptyTandemJson, tandemJsonName } from "../../plan/writeTandemJson";
import { text } from "../text";
import type { Project } from "./project";

/**
 * Changes the workspace's `tandem.json` in an editor, so that the change can be undone, and saves it. A file that is not
 * there is made. Unsaved edits of the user are kept and saved along.
 * @param edit the new text from the text as it is
 */
export async function editTandemJson(
  project: Project,
  edit: (before: string) => Result<string>,
): Promise<Result<vscode.TextDocument>> {
  const { file } = project;
  if (file === undefined) return failure("no-folder", text.noFolder(tandemJsonName));
  try {
    await vscode.workspace.fs.stat(file);
  } catch {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(emptyTandemJson));
  }
  const document = await vscode.workspace.openTextDocument(file);
  const before = document.getText();
  const after = edit(before);
  if (!after.ok) return after;
  if (after.value !== before) {
    const change = new vscode.WorkspaceEdit();
    change.replace(file, new vscode.Range(document.positionAt(0), document.positionAt(before.length)), after.value);
    if (!(await vscode.workspace.applyEdit(change)) || !(await document.save()))
      return failure("file-unwritable", text.notWritten(tandemJsonName));
  }
  await project.read();
  return success(document);
}
