import { type AccuracyRow, accuracy } from "../../../src/trace/analysis/accuracy";
import { durationText, join, percent, signedPercent, thousands } from "../../shared/format";
import { element } from "../../shared/dom";
import { type DockContext, processorNames } from "./context";
import { barCell, dockTable } from "./table";

/** Where the predictions were wrong, worst first: by how much each op adds to the error. */
export function accuracyTab(context: DockContext): readonly HTMLElement[] {
  const { model, from, to } = context;
  if (model.modeled)
    return [
      element(
        "p",
        { className: "muted" },
        "These times are modeled: nothing was measured to compare with. Run the model on a device.",
      ),
    ];
  const found = accuracy(model.trace, model.work(), from, to);
  if (found.rows.length === 0)
    return [
      element(
        "p",
        { className: "muted" },
        "Nothing was predicted for what ran here: profile the device and run again.",
      ),
    ];
  const bias = found.measuredNs / found.predictedNs - 1;
  const off = found.predictedNs > 0 ? found.errorNs / found.predictedNs : 0;
  const longest = Math.max(...found.rows.map((row) => Math.max(row.measuredNs, row.predictedNs)));
  return [
    element(
      "p",
      { className: "dock-lead" },
      `Measured ${durationText(found.measuredNs)} against ${durationText(found.predictedNs)} predicted, ${signedPercent(bias)}; slice by slice off by ${join(percent(off))}. Upright mark = predicted.`,
    ),
    dockTable<AccuracyRow>({
      label: `Predicted against measured in ${context.label}, worst first`,
      columns: [
        { title: "Op, worst first", text: true, cell: ({ op }) => op },
        { title: "On", text: true, cell: ({ on }) => processorNames[on] ?? on },
        { title: "In", text: true, cell: ({ pass }) => pass },
        { title: "Slices", cell: ({ slices }) => thousands(slices) },
        { title: "Measured", cell: ({ measuredNs }) => durationText(measuredNs) },
        { title: "Predicted", cell: ({ predictedNs }) => durationText(predictedNs) },
        { title: "Against predicted", cell: (row) => signedPercent(row.bias) },
        { title: "Of the error", cell: ({ errorShare }) => join(percent(errorShare)) },
        {
          title: "",
          text: true,
          cell: ({ measuredNs, predictedNs, on }) => barCell(measuredNs / longest, on, predictedNs / longest),
        },
      ],
      rows: found.rows,
      open: {
        label: ({ op }) => `Show the slice of ${op} that is furthest off`,
        run: (row) => {
          const slice = furthestOff(context, row);
          if (slice >= 0) context.select(slice);
        },
      },
    }),
  ];
}

function furthestOff({ model, from, to }: DockContext, row: AccuracyRow): number {
  const { trace } = model;
  const { start, duration, name } = trace.slices;
  const { predicted } = model.work();
  const op = row.on === "sync" ? "join" : row.op;
  let best = -1;
  let most = -1;
  for (const { track, depth, first, end } of trace.rows) {
    const kind = trace.tracks[track]?.kind;
    if (depth > 0 || kind !== (row.on === "sync" ? "joins" : row.on)) continue;
    for (let slice = first; slice < end; slice++) {
      const begin = start[slice] as number;
      if (begin < from || begin >= to || trace.names[name[slice] as number]?.op !== op) continue;
      const ns = predicted[slice] as number;
      const error = ns > 0 ? Math.abs((duration[slice] as number) - ns) : -1;
      if (error > most) [best, most] = [slice, error];
    }
  }
  return best;
}
