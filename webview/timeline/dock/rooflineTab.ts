import { type RooflinePoint, roofline } from "../../../src/trace/analysis/roofline";
import { durationText, figures, join, narrowSpace, nothing, percent, thousands } from "../../shared/format";
import { element } from "../../shared/dom";
import { flopRate } from "../details/work";
import { type DockContext, about, processorNames } from "./context";
import { rooflinePlot } from "./rooflinePlot";
import { dockTable } from "./table";

/** What each op reached of what its processor can: which could be faster, and which are at the roof. */
export function rooflineTab(context: DockContext): readonly HTMLElement[] {
  const { model, from, to } = context;
  const found = roofline(model.trace, model.work(), from, to);
  const { points, roofs } = found;
  if (points.length === 0)
    return [element("p", { className: "muted" }, "No op here says both its bytes and its operations.")];
  const roofTexts = Object.entries(roofs).map(
    ([kind, roof]) =>
      `${processorNames[kind] ?? kind} ${flopRate(roof.flopsPerSecond / 1e9)} and ${figures(roof.bytesPerSecond / 1e9)}${narrowSpace}GB/s (${roof.origin})`,
  );
  const lead =
    roofTexts.length === 0
      ? "The header names no roofs: profile the device to see what its processors can reach."
      : `Roofs: ${roofTexts.join("; ")}.`;
  return [
    element("p", { className: "dock-lead" }, lead),
    element("div", { className: "roofline" }, rooflinePlot(found), pointsTable(context, points)),
  ];
}

function pointsTable(context: DockContext, points: readonly RooflinePoint[]): HTMLElement {
  return dockTable<RooflinePoint>({
    label: `Roofline of ${context.label}`,
    columns: [
      { title: "Op", text: true, cell: ({ op }) => op },
      { title: "On", text: true, cell: ({ processor }) => processorNames[processor] ?? processor },
      { title: "In", text: true, cell: ({ pass }) => pass },
      { title: "Slices", cell: ({ slices }) => thousands(slices) },
      { title: "Time", cell: ({ ns }) => about(context) + durationText(ns) },
      { title: "FLOP per byte", cell: ({ intensity }) => figures(intensity) },
      { title: "Reached", cell: ({ flopsPerSecond }) => flopRate(flopsPerSecond / 1e9) },
      { title: "GB/s", cell: ({ bytesPerSecond }) => figures(bytesPerSecond / 1e9) },
      { title: "Of roof", cell: ({ ofRoof }) => (ofRoof === undefined ? nothing : join(percent(ofRoof))) },
    ],
    rows: points,
  });
}
