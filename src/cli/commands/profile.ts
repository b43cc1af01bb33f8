import type { ProcessorKind } from "../../agent/protocol.gen";
import { formatSeconds, significant } from "../../base/units";
import type { Device } from "../../device/device";
import { profileModel } from "../../run/profileModel";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";

export interface ProfileCommand {
  readonly model: string;
  readonly threads: number;
  readonly processors: readonly ProcessorKind[] | undefined;
  readonly budgetMs: number;
}

/** Measures what the solver needs to know of this device, and says how well it predicts the rest. */
export async function profileCommand(context: CliContext, device: Device, command: ProfileCommand): Promise<ExitCode> {
  const outcome = await profileModel(context, { device, ...command }, context.progress.report, context.signal);
  if (!outcome.ok) return context.fail(outcome.failure);
  const { profile } = outcome.value;
  if (context.json) {
    context.printJson({ ok: true, origin: "measured", ...profile });
    return context.succeed();
  }
  const done = profile.complete ? "complete" : "some are still missing: run it again";
  const elapsed = formatSeconds(profile.elapsedMs / 1000);
  context.print(`${profile.device} · ${profile.samples} shapes measured in ${elapsed} · ${done}`);
  for (const [processor, percent] of Object.entries(profile.errorPercent)) {
    if (percent !== null)
      context.print(`  ${processor.toUpperCase()}  predicts other shapes to ± ${significant(percent)} %`);
  }
  context.print(`  ${profile.path} (on the device)`);
  for (const note of profile.notes) context.note(`  ${note}`);
  return context.succeed();
}
