import { formatBytes, formatSeconds } from "../../base/units";
import { inSentence } from "../../base/words";
import type { Device } from "../../device/device";
import { pushModel } from "../../run/push";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";

/** Puts a model on the device; what is there already is not sent again. */
export async function pushCommand(context: CliContext, device: Device, model: string): Promise<ExitCode> {
  const pushed = await pushModel(context, device, model, context.progress.report, context.signal);
  if (!pushed.ok) return context.fail(pushed.failure);
  const { path, bytes, reusedBytes, seconds } = pushed.value;
  if (context.json) {
    context.printJson({ ok: true, device: { id: device.id, name: device.name }, ...pushed.value });
    return context.succeed();
  }
  const sent = bytes - reusedBytes;
  const rate = sent > 0 && seconds > 0 ? `, ${formatBytes(sent / seconds)}/s` : "";
  const reused = reusedBytes > 0 && sent > 0 ? `; ${formatBytes(reusedBytes)} were there from before` : "";
  context.print(
    sent === 0
      ? `Nothing to send: ${path} on ${inSentence(device.name)} is this model, checked.`
      : `Sent ${formatBytes(sent)} to ${inSentence(device.name)} in ${formatSeconds(seconds)}${rate}${reused}.\n  ${path}`,
  );
  return context.succeed();
}
