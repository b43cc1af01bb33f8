import type { App } from "../app";
import type { CommandHandlers, CommandId } from "../contributions";
import type { RowSubject } from "../trees/row";
import { compareRuns, compareWith } from "./compare";
import { askPhoneAgain, connectDevice, disconnectDevice, pairDevice, setAdbPath, startVirtualPhone } from "./devices";
import { checkDevice } from "./doctor";
import { addModelsFolder, copyPath, deleteRun, openAsTimeline, revealFile } from "./files";
import { addOverride, overrideRequest } from "./override";
import { deployAgent, pushModel, showAgentLog, verifyModel } from "./prepare";
import { profileModel } from "./profile";
import { openTimeline, runModel, tune } from "./run";
import { simulate } from "./simulate";
import { subjectOf, subjectsOf } from "./subject";

/** `all` is every row that is selected, `args` what the command got. */
type Work = (
  app: App,
  subject: RowSubject,
  all: readonly RowSubject[],
  args: readonly unknown[],
) => Promise<void> | void;

const work: Readonly<Record<CommandId, Work>> = {
  "tandem.runModel": runModel,
  "tandem.deployAgent": deployAgent,
  "tandem.pushModel": pushModel,
  "tandem.verifyModel": verifyModel,
  "tandem.stop": (app) => app.chat.stop(),
  "tandem.showRunPanel": (app) => app.panel.show(),
  "tandem.newChat": (app) => app.chat.newChat(),
  "tandem.openTimeline": openTimeline,
  "tandem.openAsTimeline": (_, subject) => openAsTimeline(subject),
  "tandem.compareRuns": compareRuns,
  "tandem.compareWith": compareWith,
  "tandem.simulate": simulate,
  "tandem.checkDevice": checkDevice,
  "tandem.profileModel": profileModel,
  "tandem.addOverride": (app, _subject, _all, [request]) => addOverride(app, overrideRequest(request)),
  "tandem.tune": tune,
  "tandem.showAgentLog": showAgentLog,
  "tandem.showLog": (app) => app.channel.show(),
  "tandem.refreshDevices": (app) => app.devices.refresh(),
  "tandem.connectDevice": connectDevice,
  "tandem.pairDevice": pairDevice,
  "tandem.askPhoneAgain": askPhoneAgain,
  "tandem.disconnectDevice": disconnectDevice,
  "tandem.startVirtualPhone": startVirtualPhone,
  "tandem.stopVirtualPhone": (app) => app.virtualPhone.stop(),
  "tandem.setAdbPath": setAdbPath,
  "tandem.refreshModels": (app) => app.models.refresh(),
  "tandem.addModelsFolder": addModelsFolder,
  "tandem.refreshRuns": (app) => app.runs.refresh(),
  "tandem.deleteRun": deleteRun,
  "tandem.revealFile": (_, subject) => revealFile(subject),
  "tandem.copyPath": (_, subject) => copyPath(subject),
};

/** Every command. `app` makes what commands work with, on first use; `selected` is what is selected in a view. */
export function commandHandlers(
  app: () => Promise<App>,
  selected: (viewId: string) => readonly RowSubject[],
): CommandHandlers {
  const bind =
    (id: CommandId) =>
    async (...args: readonly unknown[]): Promise<void> => {
      await work[id](await app(), subjectOf(args, selected), subjectsOf(args, selected), args);
    };
  return Object.fromEntries(Object.keys(work).map((id) => [id, bind(id as CommandId)])) as CommandHandlers;
}
