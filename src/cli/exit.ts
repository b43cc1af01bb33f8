import type { Failure } from "../base/result";

/** What a shell or CI sees. */
export const exitCode = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Codes of failures that a different command line would mend. */
const usageCodes = new Set(["invalid-setting", "usage"]);

export function exitCodeOf(failure: Failure): ExitCode {
  if (failure.code === "cancelled") return exitCode.interrupted;
  return usageCodes.has(failure.code) ? exitCode.usage : exitCode.failure;
}
