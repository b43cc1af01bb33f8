import type { Failure } from "../../base/result";
import type { Notice } from "../messages/run";
import { text } from "../text";

const openTimeline = { id: "open-timeline", label: text.openTrace() } as const;
const retry = { id: "retry", label: text.tryAgain() } as const;

/** The notice for a failure: its sentence, its code, and the one thing to do. */
export function noticeOf(failure: Failure, traceKept: boolean): Notice {
  return {
    level: failure.code === "connection-lost" ? "warning" : "error",
    sentence: failure.message,
    code: failure.code,
    action: actionFor(failure.code, traceKept),
  };
}

function actionFor(code: string, traceKept: boolean): Notice["action"] {
  if (traceKept) return openTimeline;
  switch (code) {
    case "adb-missing":
      return { id: "set-adb-path", label: text.setAdbPath() };
    case "untrusted":
      return { id: "manage-trust", label: text.manageTrust() };
    case "model-does-not-fit":
    case "model-family-unsupported":
    case "model-bad-values":
    case "file-not-found":
    case "file-unreadable":
    case "template-failed":
      return { id: "pick-model", label: text.chooseModel() };
    case "unauthorised":
    case "offline":
    case "unsupported":
    case "agent-missing":
    case "device-gone":
      return { id: "pick-device", label: text.chooseDevice() };
    case "protocol-mismatch":
    case "agent-garbled":
      return { id: "deploy-agent", label: text.deployAgain() };
    default:
      return code.startsWith("gguf-") ? { id: "pick-model", label: text.chooseModel() } : retry;
  }
}
