import { type GroupBy, type RangeRow, type RangeSum, busyTime } from "../../src/trace/range";
import { totalTime } from "../../src/trace/states";
import { type ProcessorKind, processorKinds } from "../../src/trace/tracks";
import { durationText, fixed, narrowSpace, nothing, percent, join, signedPercent, thousands } from "../shared/format";
import { element } from "../shared/dom";

const heads: Readonly<Record<GroupBy, string>> = { work: "Work", op: "Op", layer: "Layer", token: "Token" };
/** Rows beyond these are summed into one, so that thousands of tokens stay readable. */
const mostRows = 200;

export interface DockInput {
  readonly sum: RangeSum;
  readonly groupBy: GroupBy;
  readonly label: string;
  readonly modeled: boolean;
  readonly lost: boolean;
}

/** Sums over the range: a table, and one line that says how the time was spent. */
export function dockTable({ sum, groupBy, label, modeled, lost }: DockInput): HTMLElement {
  const used = processorKinds.filter((kind) => sum.total.busyNs[kind] > 0);
  const columns = tableColumns(sum, used, modeled);
  const head = element(
    "tr",
    {},
    element("th", { attrs: { scope: "col" } }, `${heads[groupBy]} in ${label}`),
    ...columns.map(({ title }) => element("th", { className: "number", attrs: { scope: "col" } }, title)),
  );
  const row = (of: RangeRow, className = ""): HTMLElement =>
    element(
      "tr",
      { className },
      element("td", {}, of.label + (lost && className !== "" ? " (events were lost)" : "")),
      ...columns.map(({ text }) => element("td", { className: "number" }, text(of))),
    );
  const shown = sum.rows.slice(0, mostRows);
  const hidden = sum.rows.length - shown.length;
  return element(
    "table",
    { attrs: { "aria-label": `Sums of ${label}` } },
    element("thead", {}, head),
    element(
      "tbody",
      {},
      ...shown.map((of) => row(of)),
      hidden > 0 &&
        element("tr", { className: "muted" }, element("td", {}, `${thousands(hidden)} more; zoom in to see them`)),
    ),
    element("tfoot", {}, row(sum.total, "total")),
  );
}

interface Column {
  readonly title: string;
  readonly text: (row: RangeRow) => string;
}

function tableColumns(sum: RangeSum, used: readonly ProcessorKind[], modeled: boolean): Column[] {
  const orNothing = (value: number, text: (value: number) => string): string => (value > 0 ? text(value) : nothing);
  const two = (value: number): string => fixed(value, 2);
  const busy = busyTime(sum.total);
  const gigabytes = sum.total.bytes >= 1e10;
  const gigaflop = sum.total.flops >= 1e9;
  const teraflops = used.some((kind) => kind !== "cpu");
  const columns: Column[] = [{ title: "Slices", text: (row) => orNothing(row.slices, thousands) }];
  for (const kind of used) {
    columns.push({
      title: `${kind.toUpperCase()} ms`,
      text: (row) => orNothing(row.busyNs[kind] / 1e6, (ms) => fixed(ms, ms < 1 ? 3 : 2)),
    });
  }
  if (sum.total.syncNs > 0) columns.push({ title: "Sync µs", text: (row) => orNothing(row.syncNs / 1e3, thousands) });
  columns.push(
    gigabytes
      ? { title: "GB", text: (row) => orNothing(row.bytes / 1e9, two) }
      : { title: "MB", text: (row) => orNothing(row.bytes / 1e6, (mb) => fixed(mb, mb < 10 ? 2 : 1)) },
    { title: "GB/s", text: (row) => orNothing(row.bytes / row.wallNs, (rate) => fixed(rate, 1)) },
    gigaflop
      ? { title: "GFLOP", text: (row) => orNothing(row.flops / 1e9, (gflop) => fixed(gflop, gflop < 10 ? 2 : 1)) }
      : { title: "MFLOP", text: (row) => orNothing(row.flops / 1e6, (mflop) => fixed(mflop, mflop < 10 ? 2 : 1)) },
    teraflops
      ? { title: "TFLOP/s", text: (row) => orNothing(row.flops / row.wallNs / 1e3, two) }
      : { title: "GFLOP/s", text: (row) => orNothing(row.flops / row.wallNs, (rate) => fixed(rate, 1)) },
    { title: "Of busy time", text: (row) => orNothing(busyTime(row) / busy, (part) => join(percent(part))) },
  );
  if (sum.total.predictedNs > 0 && !modeled) {
    columns.push({
      title: "Against predicted",
      text: (row) => (row.predictedNs > 0 ? signedPercent(row.measuredNs / row.predictedNs - 1) : nothing),
    });
  }
  return columns;
}

/** One line: how long, what worked, what waited. */
export function dockLine({ sum, modeled }: DockInput): HTMLElement {
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
