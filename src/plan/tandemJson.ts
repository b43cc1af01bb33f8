import type { ProcessorKind, SolverSettings } from "../agent/protocol.gen";
import { type Result, failure, success } from "../base/result";

/** What a `tandem.json` says. The agent checks the values and names the field that is wrong. */
export interface TandemJson {
  readonly solver: SolverSettings;
  /** The primary first; absent: what the agent would choose. */
  readonly processors?: readonly ProcessorKind[];
}

/** Reads the text of a `tandem.json`; `name` is said in the error. */
export function parseTandemJson(text: string, name: string): Result<TandemJson> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure("invalid-setting", `${name} is not JSON (${reason}): correct it, or begin with {"solver": {}}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return failure("invalid-setting", `${name} has to hold an object: begin with {"solver": {}}.`);
  }
  const { solver = {}, processors, ...rest } = value as Record<string, unknown>;
  const unknown = Object.keys(rest).find((field) => field !== "$schema");
  if (unknown !== undefined) {
    return failure("invalid-setting", `${name} has a field "${unknown}" that Tandem does not know: leave it out.`);
  }
  if (typeof solver !== "object" || solver === null) {
    return failure("invalid-setting", `"solver" in ${name} has to be an object with the solver's settings.`);
  }
  const kinds: readonly unknown[] = ["cpu", "gpu", "npu"];
  if (processors !== undefined && !(Array.isArray(processors) && processors.every((kind) => kinds.includes(kind)))) {
    return failure("invalid-setting", `"processors" in ${name} has to be a list of cpu, gpu and npu.`);
  }
  return success({
    solver,
    ...(processors === undefined ? {} : { processors: processors as ProcessorKind[] }),
  });
}
