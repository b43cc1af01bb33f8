import { formatSeconds } from "../../base/units";
import type { Device } from "../../device/device";
import { diagnose } from "../../run/diagnose";
import type { CliContext } from "../context";
import { type ExitCode, exitCode } from "../exit";

const marks = { ok: "ok", warning: "!", error: "x", info: "i" } as const;

/** Says why GPU or NPU is not used. Exits with 1 where something is broken or the device cannot be reached. */
export async function doctorCommand(context: CliContext, device: Device): Promise<ExitCode> {
  const report = await diagnose(context.sessions, device, context.progress.report, context.signal);
  const sound = report.checks.every(({ state }) => state !== "error");
  if (context.json) context.printJson({ ok: sound, ...report });
  else {
    context.print(report.verdict);
    if (report.todo !== null) context.print(report.todo);
    let group = "";
    for (const check of report.checks) {
      if (check.group !== group) context.print(`\n${check.group}`);
      ({ group } = check);
      context.print(`  ${marks[check.state].padEnd(3)}${check.name.padEnd(16)}${check.sentence}`);
      if (check.todo !== null) context.print(`${" ".repeat(21)}${check.todo}`);
      if (check.code !== null) context.print(`${" ".repeat(21)}${check.code}`);
    }
    context.note(`\nChecked in ${formatSeconds(report.seconds)}.`);
  }
  return sound ? context.succeed() : exitCode.failure;
}
