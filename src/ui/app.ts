import type * as vscode from "vscode";
import type { Log } from "../base/log";
import type { Adb } from "../device/adb";
import type { RunEnvironment } from "../run/runPrompt";
import type { Documents } from "./documents";
import type { ShapeCurves } from "../run/shapeCurves";
import type { WhatIf } from "../run/whatIf";
import type { Recent } from "./picks";
import type { Chat } from "./run/chat";
import type { ComparePanels } from "./compare/panel";
import type { DoctorPanel } from "./doctor/panel";
import type { RunPanel } from "./run/panel";
import type { TunePanels } from "./tune/panel";
import type { DevicesModel } from "./state/devicesModel";
import type { ModelsModel } from "./state/modelsModel";
import type { RunsModel } from "./state/runsModel";
import type { Project } from "./tandemJson/project";
import type { VirtualPhoneControl } from "./virtualPhone";

/** What commands work with. Made on first use, so that activation stays cheap. */
export interface App {
  readonly log: Log;
  readonly channel: vscode.LogOutputChannel;
  readonly devices: DevicesModel;
  readonly models: ModelsModel;
  readonly runs: RunsModel;
  readonly chat: Chat;
  readonly panel: RunPanel;
  readonly curves: ShapeCurves;
  /** Solves plans of stored runs again. */
  readonly whatIf: WhatIf;
  readonly tune: TunePanels;
  readonly adb: Pick<Adb, "connect" | "disconnect" | "pair" | "askAgain">;
  readonly virtualPhone: VirtualPhoneControl;
  readonly documents: Documents;
  readonly comparisons: ComparePanels;
  readonly project: Project;
  readonly doctor: DoctorPanel;
  environment(): RunEnvironment;
  recent(): Recent;
  remember(recent: Recent): void;
}
