import type { SolverSettings } from "../agent/protocol.gen";
import type { Result } from "../base/result";
import { settingsForFile } from "./settingsModel";
import { parseTandemJson } from "./tandemJson";
import { emptyTandemJson, tandemJsonName, withSolverSettings } from "./writeTandemJson";

/** The text of the workspace's `tandem.json` with these settings. @param text as it is now; undefined where there is none. */
export function savedText(text: string | undefined, settings: SolverSettings): Result<string> {
  const sound = text === undefined || text.trim() === "" ? emptyTandemJson : text;
  const now = parseTandemJson(sound, tandemJsonName);
  return now.ok ? withSolverSettings(text, settingsForFile(settings, now.value.solver), tandemJsonName) : now;
}
