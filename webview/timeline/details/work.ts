import { headerRoofs } from "../../../src/trace/analysis/costs";
import { againstRoof } from "../../../src/trace/analysis/roofline";
import { bandRow } from "../../../src/trace/bands";
import { type Track, endOf, firstEndingAfter, startOf } from "../../../src/trace/trace";
import { isProcessor } from "../../../src/trace/tracks";
import { bytes, durationText, figures, fixed, join, narrowSpace, nothing, operations } from "../../shared/format";
import { element } from "../../shared/dom";
import type { TimelineModel } from "../model";
import { type Facts, type Rows, matmulShape, numberOf, textOf } from "./facts";

/** When it ran; of an op also how far into its layer. */
export function timeRows(model: TimelineModel, slice: number, track: Track | undefined): Rows {
  const { trace } = model;
  const start = startOf(trace, slice);
  const took = endOf(trace, slice) - start;
  const layers = track?.kind === "band" ? undefined : bandRow(trace, "Layer");
  const layer = layers === undefined ? -1 : firstEndingAfter(trace.slices, layers, start);
  const inLayer = layers !== undefined && layer < layers.end && startOf(trace, layer) <= start;
  const within = inLayer ? ` · layer +${durationText(start - startOf(trace, layer))}` : "";
  const rows: Rows = [
    ["Duration", (model.modeled ? "≈ " : "") + durationText(took)],
    ["Start", `${fixed(start / 1e6, 3)}${narrowSpace}ms${within}`],
  ];
  if (track?.kind !== "band") return rows;
  return [...rows, ["Part of run", `${figures((took / Math.max(1, trace.durationNs)) * 100)}${narrowSpace}%`]];
}

/** Shape, bytes, operations, and the rate against what the processor can reach. */
export function workRows(model: TimelineModel, slice: number, track: Track, facts: Facts): Rows {
  const took = endOf(model.trace, slice) - startOf(model.trace, slice);
  const rows: (readonly [string, string | HTMLElement])[] = [];
  const kind = textOf(facts, "kind");
  const type = textOf(facts, "type");
  const moved = numberOf(facts, "bytes") ?? 0;
  const flops = numberOf(facts, "flops") ?? 0;
  if (kind !== undefined) rows.push(["Kind", type === undefined ? kind : `${kind}, weights ${type}`]);
  const shape = shapeText(facts);
  if (shape !== undefined) rows.push(["Shape", shape]);
  // Bytes per ns are GB/s; operations per ns are GFLOP/s.
  if (moved > 0) rows.push(["Bytes", `${join(bytes(moved))} · ${rate(moved / took, "GB/s")}`]);
  if (flops > 0) rows.push(["FLOPs", `${join(operations(flops))} · ${flopRate(flops / took)}`]);
  if (flops > 0 && moved > 0) rows.push(["Intensity", `${figures(flops / moved)} FLOP per byte`]);
  const roof = isProcessor(track.kind) ? headerRoofs(model.trace.header)[track.kind] : undefined;
  if (roof === undefined || took <= 0 || moved <= 0) return rows;
  const reached = againstRoof(roof, flops, moved, took);
  const ceiling =
    reached.boundBy === "memory" ? rate(roof.bytesPerSecond / 1e9, "GB/s") : flopRate(roof.flopsPerSecond / 1e9);
  const about = roof.origin === "modeled" ? `${narrowSpace}(modeled)` : "";
  return [
    ...rows,
    [
      "Of roof",
      element(
        "span",
        { className: "of-roof" },
        element(
          "span",
          { className: "measure-bar" },
          element("i", { style: { width: `${Math.min(100, reached.part * 100)}%`, "--fill": "var(--text)" } }),
        ),
        `${fixed(reached.part * 100, 0)}${narrowSpace}% of ${ceiling}${about}`,
      ),
    ],
    ["Bound by", reached.boundBy],
  ];
}

/** `[256, 14336] × 2458 of 4096 rows` for a part, the whole shape else. */
function shapeText(facts: Facts): string | undefined {
  const share = numberOf(facts, "share") ?? 1000;
  const shape = matmulShape(facts);
  if (shape === undefined || share >= 1000) return textOf(facts, "shape");
  if (textOf(facts, "strategy") === "activation")
    return `[${Math.round((shape.m * share) / 1000)} of ${shape.m}, ${shape.k}] × [${shape.n}, ${shape.k}]`;
  return `[${shape.m}, ${shape.k}] × ${Math.round((shape.n * share) / 1000)} of ${shape.n} rows`;
}

function rate(value: number, unit: string): string {
  return Number.isFinite(value) ? figures(value) + narrowSpace + unit : nothing;
}

export function flopRate(gigaflops: number): string {
  return gigaflops >= 1000 ? rate(gigaflops / 1000, "TFLOP/s") : rate(gigaflops, "GFLOP/s");
}
