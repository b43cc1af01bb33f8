import type { ProgressListener } from "../base/progress";
import { type Result, failure } from "../base/result";
import type { Device, PushReport } from "../device/device";
import { readModelHeader } from "../model/header";
import { verdict } from "../model/verdict";
import type { AgentSessions } from "./sessions";

/** Puts a model on a device without running it. The agent goes first: it is what receives and checks the file. */
export async function pushModel(
  { sessions }: { readonly sessions: AgentSessions },
  device: Device,
  file: string,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<PushReport>> {
  const header = await readModelHeader(file);
  if (!header.ok) return header;
  const judged = verdict(header.value);
  if (!judged.runs) return failure(judged.code, judged.why, { path: file });
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  return device.pushModel(file, progress, signal);
}
