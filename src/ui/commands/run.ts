import * as vscode from "vscode";
import { type Result, failure, success } from "../../base/result";
import type { Device } from "../../device/device";
import type { App } from "../app";
import { showFailure } from "../notify";
import { pickDevice, pickModel, pickRun } from "../picks";
import { timelineEditorId } from "../contributions";
import { text } from "../text";
import type { RowSubject } from "../trees/row";
import type { ModelView } from "../trees/modelRows";

/** Opens the run panel for a device and a model, asking for what the row or file does not say. */
export async function runModel(app: App, subject: RowSubject): Promise<void> {
  if (app.chat.busy) {
    app.panel.show();
    return;
  }
  const chosen = await choose(app, subject, text.runTitleEmpty());
  if (!chosen.ok) return showFailure(chosen.failure, app.log);
  setTarget(app, chosen.value.device, chosen.value.model);
  app.panel.show();
}

/** The panel's own pickers: the other half stays as it is. */
export async function changeDevice(app: App): Promise<void> {
  const device = await pickDevice(app.devices, text.runTitleEmpty(), app.recent(), { always: true });
  if (!device.ok) return showFailure(device.failure, app.log);
  const { model } = app.chat.target;
  if (model !== undefined) setTarget(app, device.value, model);
  else await runModel(app, { deviceId: device.value.id });
}

export async function changeModel(app: App): Promise<void> {
  const model = await pickModel(app.models, text.runTitleEmpty(), app.recent(), true);
  if (!model.ok) return showFailure(model.failure, app.log);
  const { device } = app.chat.target;
  if (device !== undefined) setTarget(app, device, model.value);
  else await runModel(app, { modelPath: model.value.path });
}

export async function openTimeline(app: App, subject: RowSubject): Promise<void> {
  let file = subject.runPath;
  if (file === undefined) {
    const picked = await pickRun(app.runs);
    if (!picked.ok) return showFailure(picked.failure, app.log);
    file = picked.value;
  }
  await showTimeline(app, file, vscode.ViewColumn.Active);
}

/** Opens the tuner of a run beside its timeline: the row's, the file's, the timeline that is shown, else one that is picked. */
export async function tune(app: App, subject: RowSubject): Promise<void> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputCustom && input.viewType === timelineEditorId ? input.uri : undefined;
  const file = subject.runPath ?? subject.modelPath;
  if (file !== undefined) {
    app.tune.show(vscode.Uri.file(file));
    return;
  }
  if (shown !== undefined) {
    app.tune.show(shown);
    return;
  }
  const picked = await pickRun(app.runs);
  if (!picked.ok) return showFailure(picked.failure, app.log);
  app.tune.show(vscode.Uri.file(picked.value));
}

/** @param column beside the run panel, or in place of what is shown. */
export async function showTimeline(app: App, file: string, column: vscode.ViewColumn): Promise<void> {
  const uri = vscode.Uri.file(file);
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    await showFailure({ code: "file-not-found", message: text.missingFile(file) }, app.log);
    return;
  }
  const options = { viewColumn: column, preview: false };
  await vscode.commands.executeCommand("vscode.openWith", uri, timelineEditorId, options);
}

/** A device and a model, from the row where it says so, else from the user. */
export async function choose(
  app: App,
  subject: RowSubject,
  title: string,
  accept: (device: Device) => boolean = () => true,
): Promise<Result<{ readonly device: Device; readonly model: ModelView }>> {
  const device = await chooseDevice(app, subject, title, accept);
  if (!device.ok) return device;
  const model = await chooseModel(app, subject, title);
  return model.ok ? success({ device: device.value, model: model.value }) : model;
}

export async function chooseDevice(
  app: App,
  subject: RowSubject,
  title: string,
  accept: (device: Device) => boolean = () => true,
): Promise<Result<Device>> {
  const named = subject.deviceId === undefined ? undefined : app.devices.find(subject.deviceId);
  if (named === undefined) return pickDevice(app.devices, title, app.recent(), { accept });
  return named.state.kind === "ready" ? success(named) : failure(named.state.kind, named.state.sentence);
}

async function chooseModel(app: App, subject: RowSubject, title: string): Promise<Result<ModelView>> {
  if (subject.modelPath === undefined) return pickModel(app.models, title, app.recent());
  const model = app.models.find(subject.modelPath) ?? (await app.models.read(subject.modelPath));
  if (model.problem !== undefined)
    return failure("model-not-runnable", text.modelNotRunnable(model.name, model.problem));
  return success(model);
}

function setTarget(app: App, device: Device, model: ModelView): void {
  app.remember({ deviceId: device.id, modelPath: model.path });
  app.chat.choose(device, model);
}
