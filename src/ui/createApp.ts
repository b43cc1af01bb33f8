import path from "node:path";
import * as vscode from "vscode";
import type { DisposableStore } from "../base/disposable";
import { inSentence } from "../base/words";
import { createAdb } from "../device/adb";
import type { DoctorFix } from "../device/doctorReport";
import { LocalDevice } from "../device/local";
import { DeviceRegistry } from "../device/registry";
import { virtualDrivers } from "../device/virtual/drivers";
import { ModelLibrary } from "../model/library";
import { diagnose } from "../run/diagnose";
import { runPrompt } from "../run/runPrompt";
import { RunStore } from "../run/runStore";
import { AgentSessions } from "../run/sessions";
import { Documents } from "./documents";
import { ShapeCurves } from "../run/shapeCurves";
import type { App } from "./app";
import { changeDevice, changeModel, showTimeline } from "./commands/run";
import type { CommandId, ContextKey } from "./contributions";
import { ComparePanels } from "./compare/panel";
import { DoctorPanel } from "./doctor/panel";
import { channelLog } from "./output";
import { Chat } from "./run/chat";
import { RunPanel } from "./run/panel";
import { modelsFolders, onSettingChange, pathSetting, setting } from "./settings";
import { runSettings } from "./run/runSettings";
import { DevicesModel } from "./state/devicesModel";
import { ModelsModel } from "./state/modelsModel";
import { RunsModel } from "./state/runsModel";
import { StatusBar } from "./statusBar";
import { Project } from "./tandemJson/project";
import { makeWhatIf } from "./solver";
import { TunePanels } from "./tune/panel";
import { VirtualPhoneControl } from "./virtualPhone";

const fixCommands: Readonly<Record<DoctorFix, CommandId>> = {
  "ask-again": "tandem.askPhoneAgain",
  "deploy-agent": "tandem.deployAgent",
  "show-agent-log": "tandem.showAgentLog",
  "set-adb-path": "tandem.setAdbPath",
};

/** Builds what commands and views work with. `owner` ends it all with the window. */
export function createApp(
  context: vscode.ExtensionContext,
  channel: vscode.LogOutputChannel,
  owner: DisposableStore,
): App {
  const log = channelLog(channel);
  const adbServer = (): string => setting("tandem.adb.server");
  const adbPath = (): string => pathSetting("tandem.adb.path") ?? "";
  const adb = createAdb({ server: adbServer, path: adbPath, environment: process.env });
  const version = (context.extension.packageJSON as { readonly version: string }).version;
  const sessions = owner.add(new AgentSessions({ clientVersion: version, log }));
  const virtualPhone = owner.add(new VirtualPhoneControl(adb, virtualDrivers(context.extensionPath)));
  const folder = context.globalStorageUri.fsPath;
  const registry = owner.add(
    new DeviceRegistry({
      adb,
      extensionPath: context.extensionPath,
      storagePath: folder,
      agentPath: () => pathSetting("tandem.agent.path"),
      log,
    }),
  );
  const devices = owner.add(new DevicesModel(registry, log));
  const library = new ModelLibrary({
    folders: [],
    cacheFile: path.join(folder, "models.json"),
    log,
  });
  const models = owner.add(new ModelsModel(library, path.join(context.extensionPath, "media", "demo-model")));
  const runs = owner.add(new RunsModel(new RunStore(runsFolder(context))));
  const environment: App["environment"] = () => ({ sessions, store: runs.store, log });

  const project = owner.add(new Project());
  const chat = owner.add(
    new Chat({
      run: (request, listener, signal) => runPrompt(environment(), request, listener, signal),
      settings: () => runSettings(project.current),
      trusted: () => vscode.workspace.isTrusted,
      current: (device) => devices.find(device.id),
      ended: (outcome, device, model) => {
        if (device.kind !== "computer") models.markOnDevice(model.path, device.name);
        log.write("info", `${model.name} on ${inSentence(device.name)}: ${outcome.finish}, ${outcome.tokens} tokens`);
      },
    }),
  );
  const run = (id: CommandId | "workbench.trust.manage", ...args: unknown[]): void =>
    void vscode.commands.executeCommand(id, ...args);
  const panel = owner.add(
    new RunPanel(context.extensionUri, chat, {
      pickDevice: () => void changeDevice(app),
      pickModel: () => void changeModel(app),
      openTimeline: () => {
        if (chat.trace !== undefined) void showTimeline(app, chat.trace, vscode.ViewColumn.Beside);
      },
      act: (action) => {
        if (action === "show-log") run("tandem.showLog");
        else if (action === "set-adb-path") run("tandem.setAdbPath");
        else if (action === "manage-trust") run("workbench.trust.manage");
        else run("tandem.deployAgent", { subject: { deviceId: chat.target.device?.id } });
      },
    }),
  );
  const solver = new LocalDevice(
    () => ({ folder: context.extensionPath, setting: pathSetting("tandem.agent.path") ?? "" }),
    path.join(folder, "solver"),
  );
  const curves = owner.add(new ShapeCurves(new AgentSessions({ clientVersion: version, log }), solver));
  const whatIf = owner.add(makeWhatIf(context, version, log));
  const tune = owner.add(
    new TunePanels({
      extensionUri: context.extensionUri,
      log,
      host: {
        sessions,
        whatIf,
        trusted: () => vscode.workspace.isTrusted,
        device: (id) => devices.find(id),
        busy: (device) => chat.busy && chat.target.device?.id === device.id,
      },
      onDidChange: (listener) =>
        vscode.Disposable.from(
          devices.onDidChange(listener),
          chat.onDidChange(listener),
          vscode.workspace.onDidGrantWorkspaceTrust(listener),
        ),
    }),
  );
  const app: App = {
    log,
    channel,
    devices,
    models,
    runs,
    chat,
    panel,
    curves,
    whatIf,
    tune,
    adb,
    virtualPhone,
    documents: owner.add(new Documents()),
    comparisons: owner.add(
      new ComparePanels({
        extensionUri: context.extensionUri,
        log,
        openTimeline: (file) => void showTimeline(app, file, vscode.ViewColumn.Beside),
      }),
    ),
    project,
    doctor: owner.add(
      new DoctorPanel({
        extensionUri: context.extensionUri,
        current: (device) => devices.find(device.id),
        diagnose: (device, stage, signal) => diagnose(sessions, device, (step) => stage(step.stage), signal),
        fix: (fix, device) => run(fixCommands[fix], { subject: { deviceId: device.id } }),
      }),
    ),
    environment,
    recent: () => context.globalState.get("recent") ?? {},
    remember: (recent) => void context.globalState.update("recent", recent),
  };
  owner.add(new StatusBar(chat));
  followSessions(app, sessions, owner);
  followSettings(app, context, owner);
  followContextKeys(app, owner);
  aimRestoredPanel(app, owner);
  void models.setFolders(modelsFolders());
  void runs.refresh();
  return app;
}

/** What `hello` said of a device's agent goes to the Devices view; what ended is forgotten. */
function followSessions(app: App, sessions: AgentSessions, owner: DisposableStore): void {
  const update = (): void => {
    for (const { id } of app.devices.devices) {
      const prepared = sessions.get(id);
      if (prepared === undefined) {
        app.devices.setAgent(id, { kind: "unknown" });
        continue;
      }
      const { agent, processors } = prepared.hello;
      const { version, target } = agent;
      app.devices.setAgent(id, { kind: "running", version, target, processors, notes: prepared.notes });
    }
    app.models.keepDevices(new Set(app.devices.devices.map((device) => device.name)));
  };
  owner.add(sessions.onDidChange(update));
}

function followSettings(app: App, context: vscode.ExtensionContext, owner: DisposableStore): void {
  owner.add(onSettingChange(["tandem.models.folders"], () => void app.models.setFolders(modelsFolders())));
  owner.add(onSettingChange(["tandem.runs.folder"], () => void app.runs.use(new RunStore(runsFolder(context)))));
  owner.add(onSettingChange(["tandem.adb.path", "tandem.adb.server"], () => void app.devices.refresh()));
  owner.add(onSettingChange(["tandem.run.temperature", "tandem.run.maxTokens"], () => app.panel.update()));
  owner.add(vscode.workspace.onDidGrantWorkspaceTrust(() => app.panel.update()));
}

/** A panel from before the window was reloaded gets what it had, as soon as both are there again. */
function aimRestoredPanel(app: App, owner: DisposableStore): void {
  const aim = (): void => {
    const { deviceId, modelPath } = app.recent();
    if (!app.panel.isOpen || app.chat.target.device !== undefined) return;
    const device = deviceId === undefined ? undefined : app.devices.find(deviceId);
    const model = modelPath === undefined ? undefined : app.models.find(modelPath);
    if (device !== undefined && model !== undefined && model.problem === undefined) app.chat.choose(device, model);
  };
  owner.add(app.devices.onDidChange(aim));
  owner.add(app.models.onDidChange(aim));
}

function followContextKeys(app: App, owner: DisposableStore): void {
  const set = (key: ContextKey, value: boolean): void => void vscode.commands.executeCommand("setContext", key, value);
  const update = (): void => {
    set("tandem.running", app.chat.busy);
    set("tandem.chosen", app.chat.target.device !== undefined);
    set("tandem.virtualPhone", app.virtualPhone.state === "running");
  };
  owner.add(app.chat.onDidChange(update));
  owner.add(app.virtualPhone.onDidChange(update));
}

function runsFolder(context: vscode.ExtensionContext): string {
  return pathSetting("tandem.runs.folder") ?? path.join(context.globalStorageUri.fsPath, "runs");
}
