import { type LedgerRow, type SyncLedger, syncLedger } from "../../../src/trace/analysis/syncLedger";
import { durationText, figures, fixed, narrowSpace, nothing, thousands } from "../../shared/format";
import { element } from "../../shared/dom";
import { type DockContext, about } from "./context";
import { type Column, dockTable } from "./table";

/** What handing results from one processor to the other cost, and what fast joins saved. */
export function ledgerTab(context: DockContext): readonly HTMLElement[] {
  const ledger = syncLedger(context.model.trace, context.from, context.to);
  if (ledger.total.joins === 0 && ledger.total.totalNs === 0)
    return [element("p", { className: "muted" }, "No join: nothing here waited for another processor.")];
  const { total, tokens } = ledger;
  const each = (ns: number, row: LedgerRow): string => (row.joins === 0 ? nothing : durationText(ns / row.joins));
  const sum = (pick: (row: LedgerRow) => number) => (row: LedgerRow) =>
    pick(row) > 0 ? durationText(pick(row)) : nothing;
  const columns: Column<LedgerRow>[] = [
    { title: "Joins", text: true, cell: (row) => (row === total ? "All" : rowName(row)) },
    { title: "Count", cell: ({ joins }) => thousands(joins) },
    ...(tokens > 0 ? [{ title: "Per token", cell: ({ joins }: LedgerRow) => figures(joins / tokens) }] : []),
    { title: "Exposed", hint: "Nothing computes because of the join", cell: sum(({ exposedNs }) => exposedNs) },
    {
      title: "Then handing over",
      hint: "After exposed joins, until an op runs",
      cell: sum(({ behindNs }) => behindNs),
    },
    { title: "Hidden", hint: "Under work that goes on meanwhile", cell: sum(({ hiddenNs }) => hiddenNs) },
    { title: "Slept", cell: sum(({ sleptNs }) => sleptNs) },
    { title: "Polled", cell: sum(({ polledNs }) => polledNs) },
    {
      title: "Hand-off each",
      hint: "From the end of the work waited for to the end of the join, on average",
      cell: (row) => each(row.handOffNs, row),
    },
  ];
  return [
    element("p", { className: "dock-lead" }, leadText(context, ledger)),
    dockTable<LedgerRow>({
      label: `Sync ledger of ${context.label}`,
      columns,
      rows: ledger.rows,
      ...(ledger.rows.length > 1 ? { total } : {}),
    }),
  ];
}

function rowName({ kind, waits }: LedgerRow): string {
  const how = kind === "unstated" ? "of an unstated kind" : kind;
  return `${how}, ${waits === "npu" ? "the NPU waits" : "the primary waits"}`;
}

function leadText(context: DockContext, { total, tokens, exposedPercent, saved }: SyncLedger): string {
  const lost = total.exposedNs + total.behindNs;
  const perToken = tokens > 0 ? `, ${figures(total.joins / tokens)} per token` : "";
  const parts = [
    `${thousands(total.joins)} ${total.joins === 1 ? "hand-off" : "hand-offs"}${perToken}, cost ${about(context)}${durationText(lost)} in which nothing computed: ${fixed(exposedPercent, exposedPercent < 10 ? 2 : 0)}${narrowSpace}% of the time.`,
    saved === undefined
      ? ""
      : `Fast joins saved ${durationText(saved.ns)} against the driver's, which cost ${durationText(saved.driverJoinNs)} each on ${saved.costs.name} (${saved.costs.origin}).`,
  ];
  return parts.filter((text) => text !== "").join(" ");
}
