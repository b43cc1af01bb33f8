import * as vscode from "vscode";
import type { RowSubject } from "../trees/row";

/**
 * What a command was called on: a row of a tree, a file in the explorer, what is selected in a view (a key binding
 * passes the view's id), or nothing (from the palette).
 */
export function subjectOf(args: readonly unknown[], selected: (viewId: string) => RowSubject): RowSubject {
  const [first] = args;
  if (typeof first === "string") return selected(first);
  if (first instanceof vscode.Uri) return { modelPath: first.fsPath };
  if (typeof first !== "object" || first === null || !("subject" in first)) return {};
  return first.subject ?? {};
}
