import path from "node:path";
import { formatBytes, significant } from "../../base/units";
import { inSentence } from "../../base/words";
import { partOfWall, wallParts } from "../../trace/states";
import { type Summary, summarize } from "../../trace/summary";
import type { Trace } from "../../trace/trace";
import { readWork } from "../../trace/work";
import type { CliContext } from "../context";
import type { ExitCode } from "../exit";
import { milliseconds } from "../statistics";
import { plainTable } from "../table";
import { readTraceFile } from "../traceFile";
import { type OpSum, opSums } from "../opSums";

const shownOps = 10;

/** Says what a trace holds: figures, phases, where time went by kind of op, the longest ops, and what is missing. */
export async function traceSummaryCommand(context: CliContext, file: string): Promise<ExitCode> {
  const decoded = await readTraceFile(file);
  if (!decoded.ok) return context.fail(decoded.failure);
  const trace = decoded.value;
  const work = readWork(trace);
  const summary = summarize(trace, () => work);
  const kinds = opSums(trace, work, ({ kind }) => kind);
  const ops = opSums(trace, work, ({ op }) => op);
  if (context.json) context.printJson(jsonSummary(trace, summary, kinds, ops));
  else printSummary(context, file, trace, summary, kinds, ops);
  return context.succeed();
}

function jsonSummary(trace: Trace, summary: Summary, kinds: readonly OpSum[], ops: readonly OpSum[]): object {
  const { header, footer, damage } = trace;
  return {
    ok: true,
    origin: header?.origin ?? null,
    durationMs: trace.durationNs / 1e6,
    slices: trace.slices.count,
    header: header?.json ?? null,
    footer: footer?.json ?? null,
    phases: summary.phases.map(({ name, start, end }) => ({ name, startMs: start / 1e6, ms: (end - start) / 1e6 })),
    ranOn: summary.ranOn,
    timeToFirstTokenMs: summary.timeToFirstTokenMs ?? null,
    prefillTokensPerSecond: summary.prefillTokensPerSecond ?? null,
    decodeTokensPerSecond: summary.decodeTokensPerSecond ?? null,
    passes: summary.passes.map(({ pass, tokens, wall }) => ({
      pass,
      tokens,
      overlapPercent: 100 * partOfWall(wall, "both"),
      syncPercent: 100 * partOfWall(wall, "sync"),
      wallMs: Object.fromEntries(wallParts.map((part) => [part, wall[part] / 1e6])),
    })),
    kinds,
    ops,
    damage,
  };
}

function printSummary(
  context: CliContext,
  file: string,
  trace: Trace,
  summary: Summary,
  kinds: readonly OpSum[],
  ops: readonly OpSum[],
): void {
  const { header, footer } = trace;
  const model = [header?.model.name, header?.model.weightTypes[0]].filter((part) => part !== undefined).join(" ");
  const where = header?.deviceName === undefined ? "" : ` on ${inSentence(header.deviceName)}`;
  context.print(
    `${model === "" ? path.basename(file) : model}${where} · ${header?.origin ?? "not recorded by Tandem"}${header?.calibrated === false ? ", uncalibrated" : ""}`,
  );
  for (const line of figures(trace, summary)) context.print(`  ${line}`);

  if (summary.phases.length > 0) {
    const rows = summary.phases.map(({ name, start, end }) => [name, milliseconds((end - start) / 1e6)]);
    context.print(`\n${plainTable([{ title: "PHASE" }, { title: "TIME", align: "right" }], rows)}`);
  }
  if (kinds.length > 0) context.print(`\n${sumTable("KIND", kinds)}`);
  if (ops.length > 0) context.print(`\n${sumTable("LONGEST OPS", ops.slice(0, shownOps))}`);
  for (const note of notes(trace)) context.note(note);
  if (footer?.finishDetail !== undefined) context.note(footer.finishDetail);
}

function figures(trace: Trace, summary: Summary): string[] {
  const lines: string[] = [];
  const rates = [
    summary.timeToFirstTokenMs === undefined ? undefined : `first token ${milliseconds(summary.timeToFirstTokenMs)}`,
    rate("prefill", summary.prefillTokensPerSecond),
    rate("decode", summary.decodeTokensPerSecond),
    summary.peakMemoryBytes === undefined ? undefined : `memory ${formatBytes(summary.peakMemoryBytes)}`,
  ].filter((part) => part !== undefined);
  if (rates.length > 0) lines.push(rates.join(" · "));
  const ran = summary.ranOn.map(
    ({ processor, ops, busyNs, share }) =>
      `${processor.toUpperCase()} ${significant(share * 100)} % (${ops} ops, ${milliseconds(busyNs / 1e6)})`,
  );
  if (ran.length > 0) lines.push(`ran on ${ran.join(" · ")}`);
  if (summary.heterogeneous) {
    const parts = summary.passes.map(
      ({ pass, wall }) =>
        `${pass}: overlap ${significant(100 * partOfWall(wall, "both"))} %, sync ${significant(100 * partOfWall(wall, "sync"))} %`,
    );
    lines.push(parts.join(" · "));
  }
  const cost = trace.footer?.overheadPercent;
  const recording = cost === undefined ? "" : `, recording cost ${significant(cost)} % of the run`;
  lines.push(`${trace.slices.count} slices over ${milliseconds(trace.durationNs / 1e6)}${recording}`);
  return lines;
}

function rate(name: string, perSecond: number | undefined): string | undefined {
  return perSecond === undefined ? undefined : `${name} ${significant(perSecond)} tok/s`;
}

/** What a reader should know before trusting the sums. */
function notes({ footer, header, damage }: Trace): string[] {
  const found: string[] = [];
  if (damage.cutAt !== undefined) {
    found.push(
      `The file is cut short at byte ${damage.cutAt}: copy it again for the rest, the sums are of what came before.`,
    );
  } else if (header !== undefined && footer === undefined) {
    found.push(
      "The run was cut short before its statistics were written: the sums are of what was recorded until then.",
    );
  }
  if (damage.garbledPackets > 0) {
    const packets = damage.garbledPackets === 1 ? "1 packet" : `${damage.garbledPackets} packets`;
    found.push(`${packets} could not be read and the sums lack them: copy the file again or run again.`);
  }
  const lost = footer?.lost.events ?? 0;
  if (lost > 0) found.push(`Events lost because the buffer was full: ${lost}, which the sums lack.`);
  return found;
}

function sumTable(title: string, sums: readonly OpSum[]): string {
  const total = sums.reduce((all, { ns }) => all + ns, 0);
  return plainTable(
    [
      { title },
      { title: "COUNT", align: "right" },
      { title: "TIME", align: "right" },
      { title: "SHARE", align: "right" },
      { title: "GB/s", align: "right" },
      { title: "GFLOP/s", align: "right" },
    ],
    sums.map(({ name, count, ns, share, bytes, flops }) => [
      name,
      String(count),
      milliseconds(ns / 1e6),
      total === 0 ? "–" : `${(share * 100).toFixed(1)} %`,
      ns === 0 || bytes === 0 ? "–" : significant(bytes / ns),
      ns === 0 || flops === 0 ? "–" : significant(flops / ns),
    ]),
  );
}
