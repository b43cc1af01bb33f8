import { formatSeconds } from "../../base/units";
import { inSentence } from "../../base/words";
import type { Device } from "../../device/device";
import { verifyModel } from "../../run/verifyModel";
import { countsSentence, errorText, verifiedOps, verifyCounts } from "../../run/verifyRows";
import type { CliContext } from "../context";
import { type ExitCode, exitCode } from "../exit";
import { plainTable } from "../table";
import { bold } from "../terminal";

export interface VerifyCommand {
  readonly model: string;
  readonly threads: number;
  readonly processors: readonly ("gpu" | "npu")[] | undefined;
}

/** Prints how far each op of each processor is from the CPU; fails where one is beyond the bar or stopped. */
export async function verifyCommand(context: CliContext, device: Device, command: VerifyCommand): Promise<ExitCode> {
  const outcome = await verifyModel(context, { device, ...command }, context.progress.report, context.signal);
  if (!outcome.ok) return context.fail(outcome.failure);
  const { result, model, prepared } = outcome.value;
  const status = result.complete && !result.passed ? exitCode.failure : context.succeed();
  if (context.json) {
    context.printJson({ ok: result.passed, origin: "measured", ...result });
    return status;
  }
  const { header } = model;
  context.print(bold(context.terminal, `${header.name} ${header.type} on ${inSentence(device.name)}, against its CPU`));
  const right = "right" as const;
  const columns = [
    { title: "OP" },
    { title: "KIND" },
    { title: "LIKE IT", align: right },
    { title: "SHAPE", align: right },
    { title: "TYPE" },
    { title: "ON" },
    { title: "TOKENS" },
    { title: "NMSE", align: right },
    { title: "MAX ERROR", align: right },
    { title: "RESULT" },
  ];
  const rows = verifiedOps(result.rows).map((row) => [
    row.op,
    row.kind,
    String(row.standsFor),
    row.shape,
    row.type ?? "–",
    row.processor.toUpperCase(),
    row.tokens.length === 0 ? "–" : row.tokens.join(" "),
    errorText(row.nmse),
    errorText(row.maxError),
    row.outcome,
  ]);
  context.print(plainTable(columns, rows));
  for (const counts of verifyCounts(result)) context.print(countsSentence(counts));
  for (const reason of new Set(result.rows.flatMap(({ reason }) => reason ?? []))) context.note(`  ${reason}`);
  const stopped = result.complete ? "" : " · stopped before the end";
  context.note(
    `Measured in ${formatSeconds(result.elapsedMs / 1000)}${stopped}; passes at an NMSE of ${errorText(result.bar)} or less. MAX ERROR is in root mean squares of the CPU's output.`,
  );
  for (const note of prepared.notes) context.note(note);
  return status;
}
