import * as vscode from "vscode";
import type { RowSubject } from "../trees/row";

/**
 * What a command was called on: a row of a tree, a file in the explorer, what is selected in a view (a key binding
 * passes the view's id), or nothing (from the palette).
 */
export function subjectOf(args: readonly unknown[], selected: (viewId: string) => readonly RowSubject[]): RowSubject {
  const [first] = args;
  if (typeof first === "string") return selected(first)[0] ?? {};
  if (first instanceof vscode.Uri)
    return first.path.endsWith(".pftrace") ? { runPath: first.fsPath } : { modelPath: first.fsPath };
  if (typeof first !== "object" || first === null || !("subject" in first)) return {};
  return first.subject ?? {};
}

/** All rows that are selected: a tree passes them behind the one that was clicked, a key binding names the view. */
export function subjectsOf(
  [first, all]: readonly unknown[],
  selected: (viewId: string) => readonly RowSubject[],
): readonly RowSubject[] {
  if (typeof first === "string") return selected(first);
  if (!Array.isArray(all)) return [];
  return all.flatMap((row: unknown) =>
    typeof row === "object" && row !== null && "subject" in row ? [row.subject as RowSubject] : [],
  );
}
