import type { CostSource, Plan, SolverSettings } from "../../agent/protocol.gen";
import { formatBytes, formatSeconds, significant } from "../../base/units";
import type { Device } from "../../device/device";
import { foldedMatmuls, lengthPlanAt, rangesText } from "../../plan/fold";
import { causeSentence, npuShare } from "../../plan/words";
import { solvePlan } from "../../run/solvePlan";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { milliseconds } from "../statistics";
import { plainTable } from "../table";
import { bold } from "../terminal";

export interface PlanCommand {
  readonly model: string;
  readonly costs: CostSource;
  readonly settings: SolverSettings;
  /** Tokens of the steps that are shown. */
  readonly lengths: readonly number[];
}

/** Prints where every matmul would run at some lengths, and why. Solved, not run: every figure is a prediction. */
export async function planCommand(context: CliContext, device: Device, command: PlanCommand): Promise<ExitCode> {
  const maxTokens = Math.max(...command.lengths);
  const request = { device, ...command, maxTokens };
  const solved = await solvePlan(context, request, context.progress.report, context.signal);
  if (!solved.ok) return context.fail(solved.failure);
  const { plan, solveMs, prefillTokensPerSecond, decodeTokensPerSecond, calibrated } = solved.value;
  if (context.json) {
    context.printJson({ ok: true, ...solved.value });
    return context.succeed();
  }
  for (const tokens of command.lengths) {
    const rows = planRows(plan, tokens);
    if (rows === undefined) continue;
    context.print(`${bold(context.terminal, `Steps of ${tokens} tokens`)}  predicted ${rows.predicted}`);
    context.print(rows.table);
  }
  const rates = `prefill ≈ ${significant(prefillTokensPerSecond)} tok/s, decode ≈ ${significant(decodeTokensPerSecond)} tok/s`;
  context.note(`${plan.origin}: ${rates}, by ${plan.costModel}${calibrated ? "" : ", uncalibrated"}`);
  const bytes = formatBytes(plan.graphBytes);
  const compile = formatSeconds(plan.compileMs / 1000);
  context.note(`${plan.graphs} NPU graphs, ${bytes}, compiled in ≈ ${compile}; solved in ${milliseconds(solveMs)}`);
  for (const note of plan.notes) context.note(note);
  return context.succeed();
}

/** One row for each matmul whose layers are placed alike. */
export function planRows(plan: Plan, tokens: number): { predicted: string; table: string } | undefined {
  const length = lengthPlanAt(plan, tokens);
  if (length === undefined) return undefined;
  const right = "right" as const;
  const columns = [
    { title: "OP" },
    { title: "LAYERS" },
    { title: "STRATEGY" },
    { title: "NPU", align: right },
    { title: "PREDICTED", align: right },
    { title: "NEXT BEST", align: right },
    { title: "WHY" },
  ];
  const table = plainTable(
    columns,
    foldedMatmuls(plan, length).map(({ name, layers, op, placement }) => {
      const { chosen, lost, cause } = placement;
      const [next] = lost;
      return [
        name,
        rangesText(layers),
        chosen.strategy,
        `${Math.round(npuShare(chosen, op.n, length.length) * 100)} %`,
        `≈ ${milliseconds(chosen.totalUs / 1000)}`,
        next === undefined ? "–" : `${next.strategy} ≈ ${milliseconds(next.totalUs / 1000)}`,
        causeSentence(cause, chosen, plan),
      ];
    }),
  );
  return { predicted: `≈ ${milliseconds(length.stepUs / 1000)}`, table };
}
