import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import type { App } from "../app";
import { type ViewId, commandIds } from "../contributions";
import type { RowSubject } from "../trees/row";
import type { RowTree } from "../trees/rowTree";

/** Registers every command; the handlers are loaded with the first one that is used. */
export function registerCommands(
  app: () => Promise<App>,
  trees: Readonly<Record<"devices" | "models" | "runs", RowTree>>,
): Disposable {
  const store = new DisposableStore();
  const byView: Readonly<Record<ViewId, RowTree>> = {
    "tandem.devices": trees.devices,
    "tandem.models": trees.models,
    "tandem.runs": trees.runs,
  };
  const selected = (viewId: string): readonly RowSubject[] =>
    Object.hasOwn(byView, viewId) ? byView[viewId as ViewId].view.selection.map(({ subject = {} }) => subject) : [];
  for (const id of commandIds) {
    const handler = async (...args: unknown[]): Promise<void> => {
      const { commandHandlers } = await import("../main");
      await commandHandlers(app, selected)[id](...args);
    };
    store.add(vscode.commands.registerCommand(id, handler));
  }
  return store;
}
