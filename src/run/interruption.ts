import type { Failure } from "../base/result";
import { inSentence } from "../base/words";

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
  const kept = traceKept ? "; the trace up to there is kept." : ".";
  const agent = `The agent on ${inSentence(deviceName)}`;
  const exit = failure.context?.["exit"] ?? "ended";
  switch (failure.code) {
    case "connection-lost":
      return { ...failure, message: `${deviceName} was unplugged ${at}: plug it in and run again${kept}` };
    case "agent-crashed":
      return {
        ...failure,
        message: `${agent} ${exit} ${at}: run again, and read its log if that happens twice${kept}`,
      };
    case "agent-hung":
      return { ...failure, message: `${agent} stopped answering ${at} and was ended: run again${kept}` };
    case "agent-garbled":
      return { ...failure, message: `${agent} sent something unreadable ${at}: deploy it again${kept}` };
    default:
      return failure;
  }
}
