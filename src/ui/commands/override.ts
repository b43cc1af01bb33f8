import * as vscode from "vscode";
import type { PlanOverride, Strategy } from "../../agent/protocol.gen";
import { nodeAt, readJson } from "../../plan/jsonText";
import { strategyWords } from "../../plan/words";
import { tandemJsonName, withOverride } from "../../plan/writeTandemJson";
import type { App } from "../app";
import { showFailure } from "../notify";
import { editTandemJson } from "../tandemJson/edit";
import { text } from "../text";

/** What the command takes: `{ pattern, strategy? }`, as the partition view gives it. */
interface OverrideRequest {
  readonly pattern?: string;
  readonly strategy?: Strategy;
}

/** Adds an override to the workspace's `tandem.json`, made where there is none, and shows it. Asks for what is not given. */
export async function addOverride(app: App, request: OverrideRequest): Promise<void> {
  const pattern = request.pattern ?? (await askPattern());
  if (pattern === undefined || pattern.trim() === "") return;
  const strategy = request.strategy ?? (await askStrategy());
  if (strategy === undefined) return;
  const override: PlanOverride = { pattern, strategy };
  const document = await editTandemJson(app.project, (before) => withOverride(before, override, tandemJsonName));
  if (!document.ok) return showFailure(document.failure, app.log);
  await showLast(document.value);
}

/** A request from a page or another extension may hold anything. */
export function overrideRequest(argument: unknown): OverrideRequest {
  if (typeof argument !== "object" || argument === null) return {};
  const { pattern, strategy } = argument as Readonly<Record<string, unknown>>;
  return {
    ...(typeof pattern === "string" ? { pattern } : {}),
    ...(typeof strategy === "string" && Object.hasOwn(strategyWords, strategy)
      ? { strategy: strategy as Strategy }
      : {}),
  };
}

async function askPattern(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: text.overrideTitle(),
    prompt: text.askPattern(),
    placeHolder: "blk.*.ffn_down",
  });
}

async function askStrategy(): Promise<Strategy | undefined> {
  const items = (Object.keys(strategyWords) as Strategy[]).map((strategy) => ({
    label: strategy,
    detail: strategyWords[strategy],
    strategy,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: text.overrideTitle(),
    placeHolder: text.askStrategy(),
  });
  return chosen?.strategy;
}

/** The override that was added stands last. */
async function showLast(document: vscode.TextDocument): Promise<void> {
  const content = document.getText();
  const root = readJson(content);
  const node = root === undefined ? undefined : nodeAt(root, ["solver", "overrides"])?.items?.at(-1);
  const editor = await vscode.window.showTextDocument(document);
  if (node === undefined) return;
  const range = new vscode.Range(document.positionAt(node.start), document.positionAt(node.end));
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range);
}
