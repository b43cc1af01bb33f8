import * as vscode from "vscode";
import { pushModel as push } from "../../run/push";
import { verifyModel as verify } from "../../run/verifyModel";
import type { App } from "../app";
import { showFailure } from "../notify";
import { withProgress } from "../progress";
import { setting } from "../settings";
import { text } from "../text";
import type { RowSubject } from "../trees/row";
import { verifyReport } from "../verifyReport";
import { choose, chooseDevice } from "./run";

/** Puts the agent on a device and greets it, so that the Devices view shows what it found there. */
export async function deployAgent(app: App, subject: RowSubject): Promise<void> {
  const device = await chooseDevice(app, subject, text.deployTitle());
  if (!device.ok) return showFailure(device.failure, app.log);
  const { name } = device.value;
  const done = await withProgress(text.deploying(name), (progress, signal) =>
    app.environment().sessions.deploy(device.value, progress, signal),
  );
  if (!done.ok) return showFailure(done.failure, app.log);
  const { report, prepared } = done.value;
  const said = report.skipped ? text.deployedAlready(name, report.target) : text.deployed(name, report.target);
  void vscode.window.showInformationMessage([said, ...prepared.notes].join(" "));
}

/** Puts a model on a phone without running it. */
export async function pushModel(app: App, subject: RowSubject): Promise<void> {
  const isPhone = app.devices.devices.some((device) => device.kind !== "computer" && device.state.kind === "ready");
  const chosen = await choose(app, subject, text.pushTitle(), (device) => !isPhone || device.kind !== "computer");
  if (!chosen.ok) return showFailure(chosen.failure, app.log);
  const { device, model } = chosen.value;
  if (device.kind === "computer") {
    void vscode.window.showInformationMessage(text.nothingToPush(model.name));
    return;
  }
  const done = await withProgress(text.pushing(model.name, device.name), (progress, signal) =>
    push(app.environment(), device, model.path, progress, signal),
  );
  if (!done.ok) return showFailure(done.failure, app.log);
  app.models.markOnDevice(model.path, device.name);
  const { bytes, reusedBytes, seconds } = done.value;
  const same = reusedBytes === bytes;
  void vscode.window.showInformationMessage(
    same
      ? text.pushedAlready(model.name, device.name)
      : text.pushed(model.name, device.name, bytes - reusedBytes, seconds),
  );
}

/** Compares a model's ops on a device's GPU and NPU with its CPU; the result is a document. */
export async function verifyModel(app: App, subject: RowSubject): Promise<void> {
  const chosen = await choose(app, subject, text.verifyTitle());
  if (!chosen.ok) return showFailure(chosen.failure, app.log);
  const { device, model } = chosen.value;
  const request = { device, model: model.path, threads: setting("tandem.run.threads"), processors: undefined };
  const done = await withProgress(text.verifying(model.name, device.name), (progress, signal) =>
    verify(app.environment(), request, progress, signal),
  );
  if (!done.ok) return showFailure(done.failure, app.log);
  const content = verifyReport(done.value, device.name);
  await app.documents.showMarkdown({ title: text.verifyReportTitle(model.name, device.name), id: device.id, content });
}

/** The end of the agent's log, read-only in an editor. */
export async function showAgentLog(app: App, subject: RowSubject): Promise<void> {
  const device = await chooseDevice(app, subject, text.logTitle());
  if (!device.ok) return showFailure(device.failure, app.log);
  const log = await withProgress(text.readingLog(device.value.name), (_, signal) => device.value.readAgentLog(signal));
  if (!log.ok) return showFailure(log.failure, app.log);
  const { name, id } = device.value;
  if (log.value.trim() === "") void vscode.window.showInformationMessage(text.logEmpty(name));
  else await app.documents.showLog({ title: text.agentLogTitle(name), id, content: log.value });
}
