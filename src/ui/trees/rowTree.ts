import * as vscode from "vscode";
import type { ViewId } from "../contributions";
import type { Row } from "./row";

/** A tree view whose rows are data. `show` replaces them all; VS Code keeps what is open by the rows' ids. */
export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private rows: readonly Row[] = [];
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly parents = new Map<string, Row>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<Row>;

  constructor(id: ViewId, canSelectMany = false) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll: false, canSelectMany });
  }

  /** @param message Shown above the rows, wrapped; undefined for none. */
  show(rows: readonly Row[], message?: string): void {
    this.rows = rows;
    this.parents.clear();
    this.view.message = message ?? "";
    this.changed.fire(undefined);
  }

  getChildren(row?: Row): Row[] {
    const children = row === undefined ? this.rows : (row.children ?? []);
    if (row !== undefined) for (const child of children) this.parents.set(child.id, row);
    return [...children];
  }

  getParent(row: Row): Row | undefined {
    return this.parents.get(row.id);
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label, collapsibleState(row));
    item.id = row.id;
    if (row.description !== undefined) item.description = row.description;
    if (row.tooltip !== undefined) item.tooltip = row.tooltip;
    if (row.context !== undefined) item.contextValue = row.context;
    if (row.icon !== undefined) {
      const color = row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color);
      item.iconPath = new vscode.ThemeIcon(row.icon.name, color);
    }
    if (row.command !== undefined) {
      item.command = { command: row.command, title: row.label, arguments: [row] };
    }
    item.accessibilityInformation = { label: [row.label, row.description].filter(Boolean).join(", ") };
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.changed.dispose();
  }
}

function collapsibleState(row: Row): vscode.TreeItemCollapsibleState {
  if (row.children === undefined) return vscode.TreeItemCollapsibleState.None;
  return row.expanded === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}
