import { copyFile } from "node:fs/promises";
import { fileTrouble, systemCode } from "../../base/fileTrouble";
import { type Result, failure, success } from "../../base/result";
import type { Device } from "../../device/device";
import { type RunOutcome, runPrompt } from "../../run/runPrompt";
import type { RunSettings } from "../../run/settings";
import type { CliContext } from "../context";
import { type ExitCode, exitCode, exitCodeOf } from "../exit";
import { runStatistics } from "../statistics";
import { dim } from "../terminal";

export interface RunCommand {
  readonly model: string;
  readonly prompt: string;
  readonly settings: RunSettings;
  readonly plain: boolean;
  /** False: nothing is recorded. A path: the trace is copied there too. */
  readonly trace: boolean | string;
}

/** Streams the answer to stdout as it comes; what it took goes to stderr. */
export async function runCommand(context: CliContext, device: Device, command: RunCommand): Promise<ExitCode> {
  const { terminal } = context;
  let column = 0;
  const outcome = await runPrompt(
    context,
    {
      device,
      model: command.model,
      messages: [{ role: "user", content: command.prompt }],
      settings: command.settings,
      plain: command.plain,
      trace: command.trace !== false,
    },
    {
      progress: (step) => {
        if (column === 0) context.progress.report(step);
      },
      token: ({ text }) => {
        context.progress.clear();
        if (text !== "") column = text.endsWith("\n") ? 0 : 1;
        if (!context.json) terminal.out.write(text);
      },
    },
    context.signal,
  );
  context.progress.clear();
  if (!context.json && column > 0) terminal.out.write("\n");
  if (!outcome.ok) return context.fail(outcome.failure);
  const saved = await copyTrace(outcome.value, command.trace);
  return report(context, device, outcome.value, saved);
}

function report(context: CliContext, device: Device, outcome: RunOutcome, saved: Result<string | undefined>): ExitCode {
  const tracePath = saved.ok ? (saved.value ?? outcome.tracePath) : outcome.tracePath;
  const stopped = outcome.finish === "cancelled";
  if (context.json) {
    const problem = outcome.failure ?? (saved.ok ? undefined : saved.failure);
    context.printJson({
      ok: problem === undefined,
      ...(problem === undefined ? {} : { failure: problem }),
      origin: "measured",
      device: { id: device.id, name: device.name, kind: device.kind },
      model: { name: outcome.model.header.name, type: outcome.model.header.type, load: outcome.model.load },
      text: outcome.text,
      finish: outcome.finish,
      finishDetail: outcome.finishDetail,
      tokens: outcome.tokens,
      stats: outcome.stats ?? null,
      ranOn: outcome.ranOn,
      trace: outcome.trace,
      tracePath: tracePath ?? null,
      notes: outcome.notes,
    });
  } else {
    const [title = "", ...lines] = runStatistics({ ...outcome, tracePath }, device.name);
    context.note(`\n${title}`);
    for (const line of lines) context.note(line);
    for (const note of outcome.notes) context.note(dim(context.terminal, `  ${note}`));
    if (outcome.finishDetail !== null && !stopped) context.note(`  ${outcome.finishDetail}`);
    if (outcome.failure !== undefined) context.fail(outcome.failure);
    if (!saved.ok) context.fail(saved.failure);
  }
  if (stopped) return exitCode.interrupted;
  if (outcome.failure !== undefined) return exitCodeOf(outcome.failure);
  return saved.ok && outcome.finish !== "processor-failed" ? exitCode.success : exitCode.failure;
}

/** Puts the trace where the user wants it too. */
async function copyTrace(outcome: RunOutcome, target: boolean | string): Promise<Result<string | undefined>> {
  if (typeof target !== "string" || outcome.tracePath === undefined) return success(undefined);
  try {
    await copyFile(outcome.tracePath, target);
    return success(target);
  } catch (error) {
    return failure(
      "file-unwritable",
      `The trace could not be copied to ${target} (${fileTrouble(error)}): it is at ${outcome.tracePath}.`,
      { code: systemCode(error) },
    );
  }
}
