import type { CostSource, SolverSettings } from "../../agent/protocol.gen";
import { type Difference, intervalName } from "../../base/difference";
import { type Result, success } from "../../base/result";
import { inSentence } from "../../base/words";
import type { Device } from "../../device/device";
import { changedSettings } from "../../plan/settingsModel";
import type { SweepAxis } from "../../plan/sweepAxes";
import type { Choice, SweepPoint } from "../../plan/tuning";
import { type AbRequest, abTest } from "../../run/abTest";
import { autotune } from "../../run/autotune";
import { solveFromCosts, solveFromProfile } from "../../run/deviceSolve";
import { type Solve, sweep } from "../../run/sweep";
import { type TrialSubject, Trials } from "../../run/trials";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { plainTable } from "../table";

/** Prints how two settings differ on the device, with the confidence of it. */
export async function abCommand(context: CliContext, request: AbRequest): Promise<ExitCode> {
  const outcome = await abTest(context, request, () => undefined, context.progress.report, context.signal);
  if (!outcome.ok) return context.fail(outcome.failure);
  const { samples, prefill, decode, stopped } = outcome.value;
  if (context.json) {
    context.printJson({ ok: true, origin: "measured", a: request.a, b: request.b, samples, prefill, decode, stopped });
    return context.succeed();
  }
  const right = "right" as const;
  const rows = [
    ["prefill", prefill],
    ["decode", decode],
  ] as const;
  context.print(
    plainTable(
      [{ title: "" }, { title: "A tok/s", align: right }, { title: "B tok/s", align: right }, { title: "B AGAINST A" }],
      rows.flatMap(([name, one]) =>
        one === undefined ? [] : [[name, spreadText(one.a), spreadText(one.b), differenceText(one)]],
      ),
    ),
  );
  const runs = `${samples.a.length} + ${samples.b.length} runs`;
  context.note(`Measured on ${inSentence(request.device.name)}, ${runs} in turn; ${intervalName}.`);
  if (![prefill, decode].some((one) => one?.significant === true))
    context.note(`No difference beyond noise after ${runs}.`);
  if (stopped !== undefined) context.note(stopped.message);
  return context.succeed();
}

export interface SearchCommand {
  readonly device: Device;
  /** GGUF file or shape. */
  readonly model: string;
  readonly settings: SolverSettings;
  /** Absent: the profile of the device, where it is measured. */
  readonly costs: CostSource;
  readonly promptTokens: number;
  /** Runs on the device, too. */
  readonly subject: TrialSubject | undefined;
}

export async function sweepCommand(
  context: CliContext,
  command: SearchCommand,
  axes: readonly SweepAxis[],
): Promise<ExitCode> {
  return searching(context, command, async (solve, trials) => {
    const { settings: base, promptTokens } = command;
    const outcome = await sweep(
      solve,
      { base, axes, promptTokens, trials },
      () => undefined,
      context.progress.report,
      context.signal,
    );
    if (!outcome.ok) return context.fail(outcome.failure);
    const { points, stopped } = outcome.value;
    if (context.json) context.printJson({ ok: true, axes, points, stopped });
    else {
      context.print(pointTable(axes, points));
      if (stopped !== undefined) context.note(stopped.message);
    }
    return context.succeed();
  });
}

export async function autotuneCommand(
  context: CliContext,
  command: SearchCommand,
  budgetMs: number,
): Promise<ExitCode> {
  return searching(context, command, async (solve, trials) => {
    const { settings: start, promptTokens } = command;
    const request = { start, promptTokens, budgetMs, trials };
    const outcome = await autotune(solve, request, () => undefined, context.progress.report, context.signal);
    if (!outcome.ok) return context.fail(outcome.failure);
    const { front, confirmed, tried, stopped } = outcome.value;
    if (context.json) {
      context.printJson({ ok: true, ...outcome.value });
      return context.succeed();
    }
    context.print(
      choiceTable(
        [outcome.value.start, ...front.filter((one) => changedSettings(start, one.settings).length > 0)],
        start,
      ),
    );
    context.note(`${tried} settings predicted.`);
    if (confirmed !== undefined) {
      context.note(`Confirmed on ${inSentence(command.device.name)}: ${JSON.stringify(confirmed.choice.settings)}`);
    } else if (trials !== undefined) context.note("No choice is faster on the device beyond noise.");
    if (stopped !== undefined) context.note(stopped.message);
    return context.succeed();
  });
}

async function searching(
  context: CliContext,
  command: SearchCommand,
  work: (solve: Solve, trials: Trials | undefined) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { subject, settings, promptTokens } = command;
  const { report } = context.progress;
  const trials: Result<Trials | undefined> =
    subject === undefined ? success(undefined) : await Trials.open(context, subject, settings, report, context.signal);
  if (!trials.ok) return context.fail(trials.failure);
  const solve =
    trials.value === undefined
      ? await solveFromCosts(context, { ...command, maxTokens: promptTokens }, report, context.signal)
      : await solveFromProfile(trials.value, promptTokens, report, context.signal);
  try {
    return solve.ok ? await work(solve.value, trials.value) : context.fail(solve.failure);
  } finally {
    await trials.value?.close();
  }
}

const spreadText = ({ mean, deviation }: Difference["a"]): string => `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`;

function differenceText({ part, interval, significant }: Difference): string {
  const percent = (x: number): string => `${x >= 0 ? "+" : "-"}${Math.abs(100 * x).toFixed(1)} %`;
  const range = interval === undefined ? "" : ` (${percent(interval[0])} to ${percent(interval[1])})`;
  return `${percent(part)}${range}${significant ? "" : ", within noise"}`;
}

const rate = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(2));
const right = "right" as const;
const rateColumns = [
  { title: "PREFILL ≈", align: right },
  { title: "DECODE ≈", align: right },
  { title: "MEASURED PREFILL", align: right },
  { title: "DECODE", align: right },
];

function pointTable(axes: readonly SweepAxis[], points: readonly SweepPoint[]): string {
  return plainTable(
    [...axes.map(({ name }) => ({ title: name, align: right })), ...rateColumns, { title: "" }],
    points.map(({ settings, predicted, measured, problem }) => [
      ...axes.map(({ name }) => String(settings[name])),
      rate(predicted?.prefill),
      rate(predicted?.decode),
      rate(measured?.prefill),
      rate(measured?.decode),
      problem?.message ?? "",
    ]),
  );
}

function choiceTable(choices: readonly Choice[], start: SolverSettings): string {
  const mean = (choice: Choice, name: "prefill" | "decode"): number | undefined => {
    const rates = (choice.measured ?? []).flatMap((trial) => trial[name] ?? []);
    return rates.length === 0 ? undefined : rates.reduce((sum, one) => sum + one, 0) / rates.length;
  };
  return plainTable(
    [...rateColumns, { title: "SETTINGS THAT CHANGE" }],
    choices.map((choice) => [
      rate(choice.prefill),
      rate(choice.decode),
      rate(mean(choice, "prefill")),
      rate(mean(choice, "decode")),
      changedSettings(start, choice.settings)
        .map((name) => `${name} ${JSON.stringify(choice.settings[name])}`)
        .join(", ") || "as they are",
    ]),
  );
}
