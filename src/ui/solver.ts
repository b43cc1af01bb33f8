import path from "node:path";
import type * as vscode from "vscode";
import type { Log } from "../base/log";
import { LocalDevice } from "../device/local";
import { AgentSessions } from "../run/sessions";
import { WhatIf } from "../run/whatIf";
import { pathSetting } from "./settings";

/** Solves plans on this computer with an agent of its own, which no run has to wait for and which logs apart. */
export function makeWhatIf(context: vscode.ExtensionContext, version: string, log: Log): WhatIf {
  const { extensionPath, globalStorageUri } = context;
  const solver = new LocalDevice(
    () => ({ folder: extensionPath, setting: pathSetting("tandem.agent.path") ?? "" }),
    path.join(globalStorageUri.fsPath, "tuner"),
  );
  return new WhatIf(new AgentSessions({ clientVersion: version, log }), solver);
}
