import type { CostSource, Engine, SolverSettings } from "../../agent/protocol.gen";
import { formatSeconds, significant } from "../../base/units";
import type { Device } from "../../device/device";
import { simulateRun } from "../../run/simulateRun";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { milliseconds } from "../statistics";

export interface SimulateCommand {
  readonly model: string;
  readonly costs: CostSource;
  readonly settings: SolverSettings;
  readonly engine: Engine;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly trace: boolean;
}

/** Runs a model on a modeled SoC. Everything that is printed is modeled, and says so. */
export async function simulateCommand(
  context: CliContext,
  device: Device,
  command: SimulateCommand,
): Promise<ExitCode> {
  const outcome = await simulateRun(
    { sessions: context.sessions, store: command.trace ? context.store : undefined },
    { device, ...command },
    context.progress.report,
    context.signal,
  );
  if (!outcome.ok) return context.fail(outcome.failure);
  const { result, tracePath, notes } = outcome.value;
  if (context.json) {
    context.printJson({ ok: true, ...result, tracePath: tracePath ?? null, notes });
    return context.succeed();
  }
  const rows: [string, string][] = [
    ["first token", `≈ ${milliseconds(result.timeToFirstTokenMs)}`],
    ["prefill", `≈ ${significant(result.prefillTokensPerSecond)} tok/s (${command.promptTokens} tokens)`],
    ["decode", `≈ ${significant(result.decodeTokensPerSecond)} tok/s (${command.maxTokens} tokens)`],
    ["overlap", `≈ ${significant(result.overlapPercent)} % of the busy time on both processors`],
    ["sync", `≈ ${significant(result.exposedSyncPercent)} % of the time waiting, ${result.joins} joins`],
    ["graphs", `${result.graphs}, compiled in ≈ ${formatSeconds(result.compileMs / 1000)}`],
  ];
  if (result.energy.known) {
    rows.push(["energy", `≈ ${significant(result.energy.prefillJ + result.energy.decodeJ)} J`]);
  }
  if (tracePath !== undefined) rows.push(["trace", tracePath]);
  const honesty = result.calibrated ? "modeled" : "modeled, uncalibrated";
  context.print(`${command.model} on ${result.soc} · ${honesty} · ${command.engine} engine`);
  for (const [name, text] of rows) context.print(`  ${name.padEnd(12)}${text}`);
  for (const note of notes) context.note(`  ${note}`);
  return context.succeed();
}
