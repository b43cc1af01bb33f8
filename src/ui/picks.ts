import * as vscode from "vscode";
import { formatBytes } from "../base/units";
import { type Result, failure, success } from "../base/result";
import type { Device } from "../device/device";
import type { DevicesModel } from "./state/devicesModel";
import type { ModelsModel } from "./state/modelsModel";
import type { RunsModel } from "./state/runsModel";
import { text } from "./text";
import { runRows } from "./trees/runRows";
import type { ModelView } from "./trees/modelRows";

const cancelled = failure("cancelled", "Nothing was chosen.");

/** What was chosen last, so that it stands first next time. */
export interface Recent {
  readonly deviceId?: string | undefined;
  readonly modelPath?: string | undefined;
}

/**
 * A ready device. Asks only where there is a choice, unless `always`. Devices that are not ready are listed with the
 * sentence that says why. Fails with `no-device`, or `cancelled`.
 */
export async function pickDevice(
  devices: DevicesModel,
  title: string,
  recent: Recent,
  options: { readonly always?: boolean; readonly accept?: (device: Device) => boolean } = {},
): Promise<Result<Device>> {
  const offered = devices.devices.filter((device) => options.accept?.(device) ?? true);
  const ready = offered.filter((device) => device.state.kind === "ready");
  const [first] = ready;
  if (first === undefined) return failure("no-device", text.noReadyDevice());
  if (ready.length === 1 && options.always !== true) return success(first);
  const items = [...offered]
    .sort((a, b) => rank(a, recent) - rank(b, recent))
    .map((device) => ({
      device,
      label: `$(${icon(device)}) ${device.name}`,
      description: [devices.factsOf(device.id)?.soc, text.deviceState[device.state.kind]].filter(Boolean).join(" · "),
      ...(device.state.kind === "ready" ? {} : { detail: device.state.sentence }),
    }));
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: text.pickDevice() });
  if (chosen === undefined) return cancelled;
  const { state } = chosen.device;
  return state.kind === "ready" ? success(chosen.device) : failure(state.kind, state.sentence);
}

/** A model that can be run. Asks only where there is a choice, unless `always`. Fails with `no-model` or `cancelled`. */
export async function pickModel(
  models: ModelsModel,
  title: string,
  recent: Recent,
  always = false,
): Promise<Result<ModelView>> {
  const runnable = models.views.filter((model) => model.problem === undefined);
  const [first] = runnable;
  if (first === undefined) return failure("no-model", text.noModel());
  if (runnable.length === 1 && !always) return success(first);
  const items = [...runnable]
    .sort((a, b) => Number(b.path === recent.modelPath) - Number(a.path === recent.modelPath))
    .map((model) => ({
      model,
      label: `$(package) ${model.name}`,
      description: [model.header?.type, formatBytes(model.sizeBytes)].filter(Boolean).join(" · "),
      detail: model.bundled
        ? text.demoModelNote()
        : [model.path, ...model.onDevices.map((device) => `${text.onDevice(device)}: ${text.verified()}`)].join(" · "),
    }));
  const options = { title, placeHolder: text.pickModel(), matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(items, options);
  return chosen === undefined ? cancelled : success(chosen.model);
}

export interface RunPick {
  readonly title?: string;
  readonly placeHolder?: string;
  /** Path of a run that is not offered. */
  readonly except?: string;
}

/** Path of a stored run's trace. Fails with `no-run` or `cancelled`. */
export async function pickRun(runs: RunsModel, pick: RunPick = {}): Promise<Result<string>> {
  const items: (vscode.QuickPickItem & { readonly file?: string })[] = [];
  const offered = runs.views.filter(({ path }) => path !== pick.except);
  for (const day of runRows(offered, new Date(), vscode.env.language)) {
    items.push({ label: day.label, kind: vscode.QuickPickItemKind.Separator });
    for (const row of day.children ?? []) {
      items.push({ label: row.label, description: row.description ?? "", file: row.id });
    }
  }
  if (items.length === 0) return failure("no-run", pick.except === undefined ? text.noRun() : text.noOtherRun());
  const chosen = await vscode.window.showQuickPick(items, {
    ...(pick.title === undefined ? {} : { title: pick.title }),
    placeHolder: pick.placeHolder ?? text.pickRun(),
    matchOnDescription: true,
  });
  return chosen?.file === undefined ? cancelled : success(chosen.file);
}

function rank(device: Device, recent: Recent): number {
  if (device.id === recent.deviceId) return 0;
  if (device.state.kind !== "ready") return 3;
  return device.kind === "computer" ? 2 : 1;
}

function icon(device: Device): string {
  return device.kind === "computer" ? "device-desktop" : "device-mobile";
}
