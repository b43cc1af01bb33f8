import { type Comparison, type PassComparison, compareRuns } from "../../trace/compare/compare";
import { verdictOf } from "../../trace/compare/layers";
import type { CompareRow } from "../../trace/compare/rows";
import { passChange } from "../../trace/compare/sentence";
import type { Trace } from "../../trace/trace";
import type { CliContext } from "../context";
import { type ExitCode, exitCode } from "../exit";
import { milliseconds } from "../statistics";
import { plainTable } from "../table";
import { readTraceFile } from "../traceFile";

export interface CompareCommand {
  readonly a: string;
  readonly b: string;
  /** Part by which a step of B may be slower, 0 to 1, before the command fails; undefined: it never does. */
  readonly failAbove: number | undefined;
}

const shownRows = 12;

/**
 * What differs between two traces, and why. Succeeds where both could be compared, unless a pass of B is slower than
 * `failAbove` and beyond the noise: then it exits with 1, as it does where they cannot be compared.
 */
export async function compareCommand(context: CliContext, command: CompareCommand): Promise<ExitCode> {
  const a = await readTraceFile(command.a);
  if (!a.ok) return context.fail(a.failure);
  const b = await readTraceFile(command.b);
  if (!b.ok) return context.fail(b.failure);
  const comparison = compareRuns(a.value, b.value);
  const refusal = refusalOf(a.value, b.value, comparison, command);
  if (refusal !== undefined) return context.fail(refusal);
  const slower =
    command.failAbove === undefined ? [] : regressions(comparison, command.failAbove).map(({ pass }) => pass);
  if (context.json) context.printJson(jsonOf(a.value, b.value, comparison, slower));
  else print(context, a.value, b.value, comparison);
  if (slower.length === 0) return context.succeed();
  const limit = `${String(100 * (command.failAbove ?? 0))} %`;
  context.note(`${slower.join(" and ")} of B ${slower.length > 1 ? "are" : "is"} more than ${limit} slower than A.`);
  return exitCode.failure;
}

function refusalOf(
  a: Trace,
  b: Trace,
  comparison: Comparison,
  { failAbove }: CompareCommand,
): { readonly code: string; readonly message: string } | undefined {
  if (comparison.passes.length === 0) return { code: "nothing-to-compare", message: comparison.sentence };
  const origins = new Set([a.header?.origin, b.header?.origin]);
  if (failAbove === undefined || origins.size === 1) return undefined;
  return {
    code: "origins-differ",
    message: "A measured run is no yardstick for a modeled one: compare two of one origin with --fail-above.",
  };
}

function regressions({ passes, byOp }: Comparison, failAbove: number): PassComparison[] {
  return passes.filter((pass) => passChange(pass, byOp.rows) > failAbove);
}

function jsonOf(a: Trace, b: Trace, comparison: Comparison, slower: readonly string[]): object {
  const { passes, byOp, caveats, sentence } = comparison;
  const pass = (one: PassComparison["a"]): object => ({
    stepMs: one.stepNs / 1e6,
    steps: one.steps,
    tokensPerSecond: one.tokensPerSecond ?? null,
    wallMs: Object.fromEntries(Object.entries(one.wall).map(([part, ns]) => [part, (ns as number) / 1e6])),
    clocks: Object.fromEntries(one.conditions.clocks),
    celsius: one.conditions.temperature ?? null,
  });
  return {
    ok: slower.length === 0,
    origin: { a: a.header?.origin ?? null, b: b.header?.origin ?? null },
    sentence,
    caveats,
    slower,
    passes: passes.map((one) => ({
      pass: one.pass,
      change: passChange(one, byOp.rows),
      a: pass(one.a),
      b: pass(one.b),
    })),
    ops: byOp.rows.map((row) => ({
      pass: row.pass,
      tokens: row.tokens,
      op: row.label,
      aMs: row.aNs / 1e6,
      bMs: row.bNs / 1e6,
      deltaMs: row.deltaNs / 1e6,
      errorMs: row.errorNs === undefined ? null : row.errorNs / 1e6,
      verdict: verdictOf(row.deltaNs, row.aNs, row.errorNs),
      plan: row.planChanges,
    })),
    onlyA: byOp.onlyA,
    onlyB: byOp.onlyB,
  };
}

function print(context: CliContext, a: Trace, b: Trace, comparison: Comparison): void {
  const origin = ({ header }: Trace): string => header?.origin ?? "not recorded by Tandem";
  context.print(comparison.sentence);
  context.print(origin(a) === origin(b) ? `  both ${origin(a)}` : `  A is ${origin(a)}, B is ${origin(b)}`);
  for (const caveat of comparison.caveats) context.note(`  ${caveat}`);
  const passes = comparison.passes.map((pass) => [
    pass.pass,
    milliseconds(pass.a.stepNs / 1e6),
    milliseconds(pass.b.stepNs / 1e6),
    percent(pass.a.stepNs, pass.b.stepNs),
    passChange(pass, comparison.byOp.rows) === 0 ? "within noise" : "",
  ]);
  context.print(
    `\n${plainTable([{ title: "PASS" }, ...right("A PER STEP", "B PER STEP", "B − A"), { title: "" }], passes)}`,
  );
  const ops = comparison.byOp.rows
    .slice(0, shownRows)
    .map((row) => [
      row.pass,
      row.label,
      milliseconds(row.aNs / 1e6),
      milliseconds(row.bNs / 1e6),
      percent(row.aNs, row.bNs),
      said(row),
    ]);
  if (ops.length > 0)
    context.print(
      `\n${plainTable([{ title: "PASS" }, { title: "LARGEST CHANGES" }, ...right("A", "B", "B − A"), { title: "" }], ops)}`,
    );
}

function said(row: CompareRow): string {
  const verdict = verdictOf(row.deltaNs, row.aNs, row.errorNs);
  if (verdict === "same") return "within noise";
  if (verdict === "unknown") return "too few repetitions to tell";
  const [change] = row.planChanges;
  return change === undefined ? "same plan" : `plan: ${change.from} → ${change.to}`;
}

function right(...titles: readonly string[]): { title: string; align: "right" }[] {
  return titles.map((title) => ({ title, align: "right" }));
}

function percent(from: number, to: number): string {
  if (from === 0) return "–";
  const change = 100 * (to / from - 1);
  return `${change > 0 ? "+" : ""}${change.toFixed(1)} %`;
}
