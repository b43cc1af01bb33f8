import * as vscode from "vscode";
import { readJson, nodeAt } from "../../plan/jsonText";
import { tandemJsonName } from "../../plan/writeTandemJson";
import type { CommandId } from "../contributions";
import { text } from "../text";

/** *Run | Simulate | Tune* above the settings of a `tandem.json`. */
export function registerTandemJsonLenses(): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider({ pattern: `**/${tandemJsonName}` }, { provideCodeLenses: lenses });
}

const actions: readonly (readonly [command: CommandId, title: string])[] = [
  ["tandem.runModel", text.lensRun()],
  ["tandem.simulate", text.lensSimulate()],
  ["tandem.tune", text.lensTune()],
];

function lenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const content = document.getText();
  const root = readJson(content);
  const solver = root === undefined ? undefined : nodeAt(root, ["solver"]);
  const line = document.positionAt(solver?.start ?? root?.start ?? 0).line;
  const range = new vscode.Range(line, 0, line, 0);
  return actions.map(([command, title]) => new vscode.CodeLens(range, { command, title }));
}
