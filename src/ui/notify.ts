import * as vscode from "vscode";
import type { Log } from "../base/log";
import type { Failure } from "../base/result";
import type { CommandId } from "./contributions";
import { text } from "./text";

/** The one thing to do about a failure. */
interface Remedy {
  readonly label: string;
  readonly command: CommandId | "workbench.trust.manage";
}

/** What to offer for a failure by its code; everything else gets the log. */
const remedies: Readonly<Record<string, Remedy>> = {
  "adb-missing": { label: text.setAdbPath(), command: "tandem.setAdbPath" },
  untrusted: { label: text.manageTrust(), command: "workbench.trust.manage" },
  "no-model": { label: text.addModelsFolder(), command: "tandem.addModelsFolder" },
  "no-device": { label: text.startVirtualPhone(), command: "tandem.startVirtualPhone" },
};

/** Shows a failure as one sentence with one button; what the vendor said goes to the log. Cancelling is no failure. */
export async function showFailure(failure: Failure, log: Log, remedy?: Remedy): Promise<void> {
  if (failure.code === "cancelled") return;
  const context = failure.context === undefined ? "" : ` ${JSON.stringify(failure.context)}`;
  log.write("error", `${failure.code}: ${failure.message}${context}`);
  const offer = remedy ?? remedies[failure.code] ?? { label: text.showLog(), command: "tandem.showLog" as const };
  const chosen = await vscode.window.showErrorMessage(failure.message, offer.label);
  if (chosen !== undefined) await vscode.commands.executeCommand(offer.command);
}
