import * as vscode from "vscode";
import type { Engine } from "../../agent/protocol.gen";
import { type Result, failure, success } from "../../base/result";
import { type Soc, shapes, socs } from "../../plan/catalog";
import { simulateRun } from "../../run/simulateRun";
import type { App } from "../app";
import { showFailure } from "../notify";
import { withProgress } from "../progress";
import { text } from "../text";
import type { RowSubject } from "../trees/row";
import { showTimeline } from "./run";

interface Workload {
  readonly promptTokens: number;
  readonly maxTokens: number;
}

const workloads: readonly Workload[] = [
  { promptTokens: 256, maxTokens: 32 },
  { promptTokens: 64, maxTokens: 64 },
  { promptTokens: 1024, maxTokens: 128 },
];
const mostTokens = 100_000;

/** Runs a model on a modeled phone, stores the run among the others, marked as modeled, and opens its timeline. */
export async function simulate(app: App, subject: RowSubject): Promise<void> {
  const done = await simulated(app, subject);
  if (!done.ok) await showFailure(done.failure, app.log);
}

async function simulated(app: App, subject: RowSubject): Promise<Result<void>> {
  const device = app.devices.find("local");
  if (device === undefined) return failure("no-device", text.noReadyDevice());
  // What refuses is said before four questions are asked.
  const project = app.project.current;
  if (!project.ok) return project;
  const model = subject.modelPath === undefined ? await pickShape(app) : success(subject.modelPath);
  if (!model.ok) return model;
  const soc = await pickSoc();
  if (!soc.ok) return soc;
  const workload = await pickWorkload();
  if (!workload.ok) return workload;
  const engine = await pickEngine();
  if (!engine.ok) return engine;
  const outcome = await withProgress(text.simulating(soc.value.name), (progress, signal) =>
    simulateRun(
      app.environment(),
      {
        device,
        model: model.value,
        costs: { soc: soc.value.id },
        settings: project.value?.solver ?? {},
        engine: engine.value,
        ...workload.value,
      },
      progress,
      signal,
    ),
  );
  if (!outcome.ok) return outcome;
  const { result, tracePath, notes } = outcome.value;
  const said = text.simulated(
    result.soc,
    result.calibrated,
    result.prefillTokensPerSecond,
    result.decodeTokensPerSecond,
  );
  void vscode.window.showInformationMessage([said, ...notes].join(" "));
  if (tracePath !== undefined) await showTimeline(app, tracePath, vscode.ViewColumn.Active);
  return success();
}

/** A shape that comes along, or a model file of the library. */
async function pickShape(app: App): Promise<Result<string>> {
  const files = app.models.views.filter(({ problem }) => problem === undefined);
  const items: (vscode.QuickPickItem & { readonly model?: string })[] = [
    { label: text.shapesThatComeAlong(), kind: vscode.QuickPickItemKind.Separator },
    ...shapes.map(({ id, name }) => ({ label: name, description: text.shapeType(), model: id })),
    { label: text.modelFiles(), kind: vscode.QuickPickItemKind.Separator },
    ...files.map(({ name, path, header }) => ({
      label: name,
      description: header?.type ?? "",
      detail: path,
      model: path,
    })),
  ];
  return picked(await ask(items, text.pickShape()), ({ model }) => model);
}

async function pickSoc(): Promise<Result<Soc>> {
  const items = socs.map((soc) => ({
    label: soc.name,
    description: soc.calibrated ? text.calibrated() : text.uncalibrated(),
    soc,
  }));
  return picked(await ask(items, text.pickSoc()), ({ soc }) => soc);
}

async function pickWorkload(): Promise<Result<Workload>> {
  const items: (vscode.QuickPickItem & { readonly workload?: Workload })[] = [
    ...workloads.map((workload) => ({
      label: text.workload(workload.promptTokens, workload.maxTokens),
      workload,
    })),
    { label: text.otherWorkload() },
  ];
  const chosen = await ask(items, text.pickWorkload());
  if (chosen === undefined || chosen.workload !== undefined) return picked(chosen, ({ workload }) => workload);
  const written = await vscode.window.showInputBox({
    title: text.simulateTitle(),
    prompt: text.askWorkload(),
    value: "256 + 32",
    validateInput: (value) => (parseWorkload(value) === undefined ? text.badWorkload(mostTokens) : undefined),
  });
  return picked(written, parseWorkload);
}

/** "256 + 32", "256 32", "256": tokens of the prompt and of the answer. */
export function parseWorkload(written: string): Workload | undefined {
  const match = /^\s*(\d{1,6})(?:\s*[+, ]\s*(\d{1,6}))?\s*$/.exec(written);
  if (match === null) return undefined;
  const [promptTokens, maxTokens] = [Number(match[1]), Number(match[2] ?? 32)];
  const inRange = (tokens: number): boolean => tokens >= 1 && tokens <= mostTokens;
  return inRange(promptTokens) && inRange(maxTokens) ? { promptTokens, maxTokens } : undefined;
}

async function pickEngine(): Promise<Result<Engine>> {
  const items = (["tensor", "layer", "gpu", "npu"] as const).map((engine) => ({ ...text.engines[engine], engine }));
  return picked(await ask(items, text.pickEngine()), ({ engine }) => engine);
}

function ask<T extends vscode.QuickPickItem>(items: readonly T[], placeHolder: string): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, {
    title: text.simulateTitle(),
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

function picked<T, R>(item: T | undefined, of: (item: T) => R | undefined): Result<R> {
  const value = item === undefined ? undefined : of(item);
  return value === undefined ? failure("cancelled", text.nothingChosen()) : success(value);
}
