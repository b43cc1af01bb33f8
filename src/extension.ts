import * as vscode from "vscode";
import { DisposableStore } from "./base/disposable";
import type { App } from "./ui/app";
import { registerCommands } from "./ui/commands/register";
import { runPanelId } from "./ui/contributions";
import { channelLog } from "./ui/output";
import { registerTandemJsonLenses } from "./ui/tandemJson/codeLens";
import { registerTimelineEditor } from "./ui/timeline/editor";
import { RowTree } from "./ui/trees/rowTree";

/** Builds the object graph. What is heavy is loaded when a view is seen or a command is used. */
export function activate(context: vscode.ExtensionContext): void {
  const owner = new DisposableStore();
  context.subscriptions.push(owner);
  const channel = owner.add(vscode.window.createOutputChannel("Tandem", { log: true }));
  const trees = {
    devices: owner.add(new RowTree("tandem.devices")),
    models: owner.add(new RowTree("tandem.models")),
    runs: owner.add(new RowTree("tandem.runs", true)),
  };
  const makeApp = async (): Promise<App> => {
    const { createApp, showViews } = await import("./ui/main");
    const whole = createApp(context, channel, owner);
    owner.add(showViews(trees, whole));
    return whole;
  };
  let made: Promise<App> | undefined;
  const app = (): Promise<App> => (made ??= makeApp());

  owner.add(registerCommands(app, trees));
  owner.add(registerTandemJsonLenses());
  owner.add(
    registerTimelineEditor({
      extensionUri: context.extensionUri,
      log: channelLog(channel),
      curves: async (params, signal) => (await app()).curves.ask(params, signal),
    }),
  );
  owner.add(
    vscode.window.registerWebviewPanelSerializer(runPanelId, {
      deserializeWebviewPanel: async (panel, state: unknown) => (await app()).panel.restore(panel, state),
    }),
  );
  for (const { view } of Object.values(trees)) {
    if (view.visible) void app();
    owner.add(view.onDidChangeVisibility(() => void app()));
  }
}
