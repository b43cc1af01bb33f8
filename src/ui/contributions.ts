/** Every id that package.json declares and code uses. A test compares the two. */

export const commandIds = [
  "tandem.runModel",
  "tandem.deployAgent",
  "tandem.pushModel",
  "tandem.verifyModel",
  "tandem.stop",
  "tandem.showRunPanel",
  "tandem.newChat",
  "tandem.openTimeline",
  "tandem.openAsTimeline",
  "tandem.compareRuns",
  "tandem.compareWith",
  "tandem.simulate",
  "tandem.profileModel",
  "tandem.addOverride",
  "tandem.checkDevice",
  "tandem.tune",
  "tandem.showAgentLog",
  "tandem.showLog",
  "tandem.refreshDevices",
  "tandem.connectDevice",
  "tandem.pairDevice",
  "tandem.askPhoneAgain",
  "tandem.disconnectDevice",
  "tandem.startVirtualPhone",
  "tandem.stopVirtualPhone",
  "tandem.setAdbPath",
  "tandem.refreshModels",
  "tandem.addModelsFolder",
  "tandem.refreshRuns",
  "tandem.deleteRun",
  "tandem.revealFile",
  "tandem.copyPath",
] as const;
export type CommandId = (typeof commandIds)[number];

/** One handler for each command; the compiler sees to it that none is forgotten. */
export type CommandHandlers = Readonly<Record<CommandId, (...args: readonly unknown[]) => Promise<void> | void>>;

export const viewIds = ["tandem.devices", "tandem.models", "tandem.runs"] as const;
export type ViewId = (typeof viewIds)[number];

export const timelineEditorId = "tandem.timeline";
/** The same editor for traces of other programs, whose files it never takes over by itself. */
export const foreignTimelineEditorId = "tandem.foreignTimeline";
export const runPanelId = "tandem.run";
export const doctorPanelId = "tandem.doctor";
export const comparePanelId = "tandem.compare";
export const tunePanelId = "tandem.tune";

export const settingIds = [
  "tandem.adb.path",
  "tandem.adb.server",
  "tandem.agent.path",
  "tandem.models.folders",
  "tandem.runs.folder",
  "tandem.run.maxTokens",
  "tandem.run.systemPrompt",
  "tandem.run.temperature",
  "tandem.run.topK",
  "tandem.run.topP",
  "tandem.run.minP",
  "tandem.run.repetitionPenalty",
  "tandem.run.seed",
  "tandem.run.contextLength",
  "tandem.run.threads",
  "tandem.run.processors",
] as const;
export type SettingId = (typeof settingIds)[number];

/** Keys that when-clauses of package.json read. */
export const contextKeys = ["tandem.running", "tandem.virtualPhone", "tandem.chosen"] as const;
export type ContextKey = (typeof contextKeys)[number];
