import type { ProgressListener } from "../base/progress";
import type { Result } from "../base/result";
import type { Device, PushReport } from "../device/device";
import { checkedModel } from "../model/checkedModel";
import type { AgentSessions } from "./sessions";

/** Puts a model on a device without running it. The agent goes first: it is what receives and checks the file. */
export async function pushModel(
  { sessions }: { readonly sessions: AgentSessions },
  device: Device,
  file: string,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<PushReport>> {
  const checked = await checkedModel(file);
  if (!checked.ok) return checked;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  return device.pushModel(file, progress, signal);
}
