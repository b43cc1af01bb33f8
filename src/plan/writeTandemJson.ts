import type { PlanOverride, ProcessorKind, SolverSettings } from "../agent/protocol.gen";
import { type Result, success } from "../base/result";
import { setJson } from "./jsonText";
import { parseTandemJson } from "./tandemJson";

/** The name that the editor and the schema know. */
export const tandemJsonName = "tandem.json";

/** What a new file begins with. */
export const emptyTandemJson = '{\n  "solver": {}\n}\n';

/**
 * The text of a `tandem.json` whose solver settings are these and no others. Only what differs is written anew, so
 * that a review shows what changed.
 * @param text as it is now; undefined where there is no file yet
 * @param name said in the error where the file is not a sound `tandem.json`
 */
export function withSolverSettings(text: string | undefined, solver: SolverSettings, name: string): Result<string> {
  return edited(text, name, (sound, now) => {
    let next = sound;
    for (const key of Object.keys(now)) if (!(key in solver)) next = setJson(next, ["solver", key], undefined);
    for (const [key, value] of Object.entries(solver)) next = setJson(next, ["solver", key], value);
    return next;
  });
}

/** The text with an override for the ops that a pattern matches. It goes to the end, since the last one that matches holds. */
export function withOverride(text: string | undefined, override: PlanOverride, name: string): Result<string> {
  return edited(text, name, (sound, { overrides = [] }) => {
    const same = overrides.findIndex(({ pattern }) => pattern === override.pattern);
    const last = Math.max(0, overrides.length - 1);
    const cleared = same < 0 || same === last ? sound : setJson(sound, ["solver", "overrides", same], undefined);
    return setJson(cleared, ["solver", "overrides", same < 0 ? overrides.length : last], override);
  });
}

/** The text with the processors that run models, the primary first; undefined leaves the choice to the agent. */
export function withProcessors(
  text: string | undefined,
  processors: readonly ProcessorKind[] | undefined,
  name: string,
): Result<string> {
  return edited(text, name, (sound) => setJson(sound, ["processors"], processors));
}

function edited(
  text: string | undefined,
  name: string,
  edit: (sound: string, solver: SolverSettings) => string,
): Result<string> {
  const sound = text === undefined || text.trim() === "" ? emptyTandemJson : text;
  const parsed = parseTandemJson(sound, name);
  return parsed.ok ? success(edit(sound, parsed.value.solver)) : parsed;
}
