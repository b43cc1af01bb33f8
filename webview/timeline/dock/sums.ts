import { type GroupBy, type RangeRow, type RangeSum, busyTime } from "../../../src/trace/range";
import { totalTime } from "../../../src/trace/states";
import { type ProcessorKind, processorKinds } from "../../../src/trace/tracks";
import {
  durationText,
  fixed,
  narrowSpace,
  nothing,
  percent,
  join,
  signedPercent,
  thousands,
} from "../../shared/format";
import { element } from "../../shared/dom";
import { type Column, dockTable } from "./table";

export const groupTitles: Readonly<Record<GroupBy, string>> = {
  work: "Work",
  op: "Op",
  layer: "Layer",
  token: "Token",
  kind: "Op kind",
  processor: "Processor",
  strategy: "Strategy",
};

export interface SumsInput {
  readonly sum: RangeSum;
  readonly label: string;
  readonly modeled: boolean;
  readonly lost: boolean;
  /** Chooses what the rows are. */
  readonly by: HTMLElement;
}

/** Sums over the range: a table, and one line that says how the time was spent. */
export function sumsTable({ sum, label, modeled, lost, by }: SumsInput): HTMLElement {
  const used = processorKinds.filter((kind) => sum.total.busyNs[kind] > 0);
  const name = (row: RangeRow): string => row.label + (lost && row === sum.total ? " (events were lost)" : "");
  return dockTable<RangeRow>({
    label: `Sums of ${label}`,
    columns: [
      { title: element("span", { className: "sum-by" }, by, ` in ${label}`), text: true, cell: name },
      ...tableColumns(sum, used, modeled),
    ],
    rows: sum.rows,
    total: sum.total,
  });
}

function tableColumns(sum: RangeSum, used: readonly ProcessorKind[], modeled: boolean): Column<RangeRow>[] {
  const orNothing = (value: number, text: (value: number) => string): string => (value > 0 ? text(value) : nothing);
  const two = (value: number): string => fixed(value, 2);
  const busy = busyTime(sum.total);
  const gigabytes = sum.total.bytes >= 1e10;
  const gigaflop = sum.total.flops >= 1e9;
  const teraflops = used.some((kind) => kind !== "cpu");
  const columns: Column<RangeRow>[] = [{ title: "Slices", cell: (row) => orNothing(row.slices, thousands) }];
  for (const kind of used) {
    columns.push({
      title: `${kind.toUpperCase()} ms`,
      cell: (row) => orNothing(row.busyNs[kind] / 1e6, (ms) => fixed(ms, ms < 1 ? 3 : 2)),
    });
  }
  if (sum.total.syncNs > 0) columns.push({ title: "Sync µs", cell: (row) => orNothing(row.syncNs / 1e3, thousands) });
  columns.push(
    gigabytes
      ? { title: "GB", cell: (row) => orNothing(row.bytes / 1e9, two) }
      : { title: "MB", cell: (row) => orNothing(row.bytes / 1e6, (mb) => fixed(mb, mb < 10 ? 2 : 1)) },
    { title: "GB/s", cell: (row) => orNothing(row.bytes / row.wallNs, (rate) => fixed(rate, 1)) },
    gigaflop
      ? { title: "GFLOP", cell: (row) => orNothing(row.flops / 1e9, (gflop) => fixed(gflop, gflop < 10 ? 2 : 1)) }
      : { title: "MFLOP", cell: (row) => orNothing(row.flops / 1e6, (mflop) => fixed(mflop, mflop < 10 ? 2 : 1)) },
    teraflops
      ? { title: "TFLOP/s", cell: (row) => orNothing(row.flops / row.wallNs / 1e3, two) }
      : { title: "GFLOP/s", cell: (row) => orNothing(row.flops / row.wallNs, (rate) => fixed(rate, 1)) },
    { title: "Of busy time", cell: (row) => orNothing(busyTime(row) / busy, (part) => join(percent(part))) },
  );
  if (sum.total.predictedNs > 0 && !modeled) {
    columns.push({
      title: "Against predicted",
      cell: (row) => (row.predictedNs > 0 ? signedPercent(row.measuredNs / row.predictedNs - 1) : nothing),
    });
  }
  return columns;
}

/** One line: how long, what worked, what waited. */
export function sumsLine({ sum, modeled }: SumsInput): HTMLElement {
  const total = totalTime(sum.wall);
  const part = (ns: number): string => join(percent(total === 0 ? 0 : ns / total));
  const { wall } = sum;
  const parts: (string | Node)[] = [(modeled ? "≈ " : "") + durationText(sum.to - sum.from)];
  if (wall.both > 0) parts.push(span("both busy", part(wall.both)));
  if (wall.npu > 0) parts.push(`NPU only ${part(wall.npu)}`);
  if (wall.gpu > 0) parts.push(`${wall.both > 0 || wall.npu > 0 ? "GPU only" : "GPU"} ${part(wall.gpu)}`);
  if (wall.cpu > 0) parts.push(`CPU ${part(wall.cpu)}`);
  if (wall.sync > 0) parts.push(`sync ${part(wall.sync)}`);
  parts.push(`idle ${part(wall.idle)}`);
  const line = element("span", { className: "small dock-line" });
  parts.forEach((piece, i) => line.append(...(i === 0 ? [] : [" · "]), piece));
  return line;
}

function span(label: string, value: string): HTMLElement {
  return element("span", {}, `${label} `, element("b", { className: "strong" }, value.replace(" ", narrowSpace)));
}
