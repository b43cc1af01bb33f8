import { homedir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { SettingId } from "./contributions";

/** The type of each setting, as package.json declares it. */
interface SettingTypes extends Record<SettingId, string | number | readonly string[]> {
  "tandem.adb.path": string;
  "tandem.adb.server": string;
  "tandem.agent.path": string;
  "tandem.models.folders": readonly string[];
  "tandem.runs.folder": string;
  "tandem.run.maxTokens": number;
  "tandem.run.systemPrompt": string;
  "tandem.run.temperature": number;
  "tandem.run.topK": number;
  "tandem.run.topP": number;
  "tandem.run.minP": number;
  "tandem.run.repetitionPenalty": number;
  "tandem.run.seed": number;
  "tandem.run.contextLength": number;
  "tandem.run.threads": number;
  "tandem.run.processors": "auto" | "cpu" | "gpu" | "gpu+npu";
}

/** The value of a setting; package.json holds its default, so there always is one. */
export function setting<K extends SettingId>(id: K): SettingTypes[K] {
  const at = id.lastIndexOf(".");
  const value = vscode.workspace.getConfiguration(id.slice(0, at)).get<SettingTypes[K]>(id.slice(at + 1));
  if (value === undefined) throw new Error(`${id} has no default in package.json`);
  return value;
}

/** Changes a setting where the user keeps it: in the workspace if it is set there, else for the user. */
export async function changeSetting(id: SettingId, value: string | number | readonly string[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  const inWorkspace = configuration.inspect(id)?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update(id, value, target);
}

/** Tells when one of these settings changed. */
export function onSettingChange(ids: readonly SettingId[], listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (ids.some((id) => event.affectsConfiguration(id))) listener();
  });
}

/** An absolute path from what a user wrote: `~`, `${workspaceFolder}` and paths relative to the workspace. */
export function expandPath(written: string): string {
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const home = written.replace(/^~(?=$|[/\\])/, () => homedir());
  const whole = home.replaceAll("${workspaceFolder}", () => workspace ?? "");
  return path.resolve(workspace ?? homedir(), whole);
}

export function modelsFolders(): string[] {
  return setting("tandem.models.folders")
    .filter((folder) => folder.trim() !== "")
    .map(expandPath);
}

/** A path setting, or undefined where it is empty. */
export function pathSetting(id: "tandem.adb.path" | "tandem.agent.path" | "tandem.runs.folder"): string | undefined {
  const written = setting(id).trim();
  // A bare name such as "adb" is looked up on the PATH.
  if (written === "" || !/[/\\~$]/.test(written)) return written === "" ? undefined : written;
  return expandPath(written);
}
