import * as vscode from "vscode";
import { formatSeconds, significant } from "../../base/units";
import { profileModel as measure } from "../../run/profileModel";
import type { App } from "../app";
import { showFailure } from "../notify";
import { withProgress } from "../progress";
import { text } from "../text";
import type { RowSubject } from "../trees/row";
import { runSettings } from "../run/runSettings";
import { choose } from "./run";

/** Measures a model's shapes on each processor of a device, for the solver; cancelling keeps what was measured. */
export async function profileModel(app: App, subject: RowSubject): Promise<void> {
  const settings = runSettings(app.project.current);
  if (!settings.ok) return showFailure(settings.failure, app.log);
  const chosen = await choose(app, subject, text.profileTitle());
  if (!chosen.ok) return showFailure(chosen.failure, app.log);
  const { device, model } = chosen.value;
  const { threads, processors } = settings.value;
  const done = await withProgress(text.profiling(model.name, device.name), (progress, signal) =>
    measure(app.environment(), { device, model: model.path, threads, processors, budgetMs: 0 }, progress, signal),
  );
  if (!done.ok) return showFailure(done.failure, app.log);
  const { profile } = done.value;
  const errors = Object.entries(profile.errorPercent).flatMap(([kind, percent]) =>
    percent === null ? [] : [`${kind.toUpperCase()} ± ${significant(percent)} %`],
  );
  const said = text.profiled(device.name, profile.samples, formatSeconds(profile.elapsedMs / 1000), errors.join(", "));
  void vscode.window.showInformationMessage([said, ...profile.notes].join(" "));
}
