import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable";
import type { App } from "../app";
import { modelsFolders } from "../settings";
import { deviceRows, devicesMessage } from "./deviceRows";
import { modelRows, modelsMessage } from "./modelRows";
import type { RowTree } from "./rowTree";
import { runRows } from "./runRows";

/** How often the facts of devices are read again while their view is visible. */
const factsMs = 15_000;

export interface Trees {
  readonly devices: RowTree;
  readonly models: RowTree;
  readonly runs: RowTree;
}

/** Keeps the three views showing what the app knows. */
export function showViews(trees: Trees, app: App): Disposable {
  const store = new DisposableStore();
  const devices = (): void => {
    const state = {
      devices: app.devices.views,
      problems: app.devices.problems,
      virtualPhone: app.virtualPhone.state,
    };
    trees.devices.show(deviceRows(state), devicesMessage(state));
  };
  const models = (): void => {
    const problems = app.models.problems.map((problem) => problem.message);
    const message = modelsMessage(app.models.views, modelsFolders());
    const sentences = [...problems, ...(message === undefined ? [] : [message])];
    trees.models.show(modelRows(app.models.views), sentences.length === 0 ? undefined : sentences.join("\n"));
  };
  const runs = (): void => {
    trees.runs.show(runRows(app.runs.views, new Date(), vscode.env.language), app.runs.problem?.message);
  };
  store.add(app.devices.onDidChange(devices));
  store.add(app.virtualPhone.onDidChange(devices));
  store.add(app.models.onDidChange(models));
  store.add(app.runs.onDidChange(runs));
  devices();
  models();
  runs();
  const timer = setInterval(() => {
    if (trees.devices.view.visible && !app.chat.busy) void app.devices.readFacts();
  }, factsMs);
  store.add({ dispose: () => clearInterval(timer) });
  return store;
}
