import type { Failure } from "../base/result";

/** What was there when a run was interrupted. */
export interface Interruption {
  readonly deviceName: string;
  readonly tokens: number;
  readonly traceKept: boolean;
}

const interruptions = new Set(["connection-lost", "agent-crashed", "agent-hung", "agent-garbled"]);

/** True where the run was cut off; any other failure is the agent's refusal, and nothing ran. */
export function isInterruption(failure: Failure): boolean {
  return interruptions.has(failure.code);
}

/** Says of a failure in the middle of a run at which token it came and what was kept; the code stays. */
export function interrupted(failure: Failure, { deviceName, tokens, traceKept }: Interruption): Failure {
  const at = tokens === 0 ? "before the first token" : `at token ${tokens}`;
  const kept = traceKept ? " The trace up to there is kept." : "";
  const exit = failure.context?.["exit"] ?? "ended";
  switch (failure.code) {
    case "connection-lost":
      return { ...failure, message: `${deviceName} was unplugged ${at}.${kept}` };
    case "agent-crashed":
      return { ...failure, message: `The agent on ${deviceName} ${exit} ${at}.${kept}` };
    case "agent-hung":
      return { ...failure, message: `The agent on ${deviceName} stopped answering ${at} and was ended.${kept}` };
    case "agent-garbled":
      return { ...failure, message: `The agent on ${deviceName} sent something unreadable ${at}.${kept}` };
    default:
      return failure;
  }
}
