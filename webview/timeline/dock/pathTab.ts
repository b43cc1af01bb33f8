import { type CriticalPath, criticalPath } from "../../../src/trace/analysis/criticalPath";
import { type PathRow, sumPath } from "../../../src/trace/analysis/pathSums";
import { durationText, join, percent, thousands } from "../../shared/format";
import { element } from "../../shared/dom";
import { type DockContext, about, processorNames } from "./context";
import { barCell, dockTable } from "./table";

/** The chain that the end of the range depended on: only what is on it can make the run faster. */
export function pathTab(context: DockContext): readonly HTMLElement[] {
  const { model, from, to } = context;
  const path = criticalPath(model.trace, from, to);
  const sums = sumPath(model.trace, path);
  if (sums.totalNs <= 0) return [element("p", { className: "muted" }, "Nothing ran here.")];
  const part = (ns: number): string => join(percent(ns / sums.totalNs));
  const first = sums.rows.find(({ on }) => on !== "wait" && on !== "sync");
  const lead = [
    `Ops ${part(sums.opNs)}, joins ${part(sums.joinNs)}, waiting for nothing seen ${part(sums.waitNs)} of ${about(context)}${durationText(sums.totalNs)}.`,
    first === undefined
      ? ""
      : `${first.op} on the ${processorNames[first.on] ?? first.on} holds the most, ${part(first.ns)}: nothing else shortens the run as much.`,
    sums.joinNs > 0 ? `Without any join it would be ${durationText(sums.joinNs)} shorter at most.` : "",
  ];
  const most = sums.rows[0]?.ns ?? 1;
  return [
    element("p", { className: "dock-lead" }, lead.filter((text) => text !== "").join(" ")),
    dockTable<PathRow>({
      label: `Critical path of ${context.label}`,
      columns: [
        {
          title: "Op on the path",
          text: true,
          cell: ({ op, on }) => (op === "" ? "after the last op" : on === "wait" ? `before ${op}` : op),
        },
        { title: "On", text: true, cell: ({ on }) => processorNames[on] ?? on },
        { title: "Steps", cell: ({ steps }) => thousands(steps) },
        { title: "Time", cell: ({ ns }) => about(context) + durationText(ns) },
        { title: "Of path", cell: ({ ns }) => part(ns) },
        { title: "", text: true, cell: ({ ns, on }) => barCell(ns / most, on) },
      ],
      rows: sums.rows,
      open: {
        label: ({ op }) => `Show the longest step of ${op}`,
        run: (row) => {
          const slice = longestStep(context, path, row);
          if (slice >= 0) context.select(slice);
        },
      },
    }),
  ];
}

function longestStep({ model: { trace } }: DockContext, path: CriticalPath, row: PathRow): number {
  let best = -1;
  let longest = -1;
  for (let i = 0; i < path.count; i++) {
    const slice = path.slice[i] as number;
    if (slice < 0 || trace.names[trace.slices.name[slice] as number]?.op !== row.op) continue;
    const part = path.part[i];
    if ((part === 1) !== (row.on === "sync") || (part === 2) !== (row.on === "wait")) continue;
    const kind = trace.tracks[trace.rows.find(({ first, end }) => first <= slice && slice < end)?.track ?? -1]?.kind;
    if (part === 0 && kind !== row.on) continue;
    const took = (path.to[i] as number) - (path.from[i] as number);
    if (took > longest) [best, longest] = [slice, took];
  }
  return best;
}
