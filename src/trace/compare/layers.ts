import type { PassName } from "../analysis/bandCursor";
import { type LayerBar, layerBars } from "../analysis/layerBars";
import { type WallTime, noTime, totalTime, wallParts } from "../states";
import type { Trace } from "../trace";
import type { Comparison, PassComparison } from "./compare";
import { layerLabel } from "./rows";
import { sameWithin } from "./sentence";

/** How a difference is to be read. `unknown`: too little was repeated to tell it from noise. */
export type Verdict = "slower" | "faster" | "same" | "unknown";

/** One layer of a pass in both runs: wall time of one step, in ns, by what worked in it. */
export interface ComparedLayer {
  /** `layer 7`, or `output`. */
  readonly label: string;
  /** −1 for what is no layer. */
  readonly layer: number;
  readonly a: WallTime;
  readonly b: WallTime;
  /** B − A of each part. */
  readonly delta: WallTime;
  readonly aNs: number;
  readonly bNs: number;
  readonly deltaNs: number;
  readonly verdict: Verdict;
  /** Its first band in each run. */
  readonly sliceA: number;
  readonly sliceB: number;
}

/** Layers that both runs have, in the order in which A ran them: O(slices). */
export function compareLayers(
  a: Trace,
  b: Trace,
  { pass, a: passA, b: passB }: PassComparison,
  { byLayer }: Pick<Comparison, "byLayer">,
): ComparedLayer[] {
  const others = new Map(layerBars(b, passB.start, passB.end).map((bar) => [bar.label, bar]));
  return layerBars(a, passA.start, passA.end).flatMap((bar) => {
    const other = others.get(bar.label);
    if (other === undefined) return [];
    const [wallA, wallB] = [perStep(bar), perStep(other)];
    const delta = noTime();
    for (const part of wallParts) delta[part] = wallB[part] - wallA[part];
    const [aNs, bNs] = [totalTime(wallA), totalTime(wallB)];
    return [
      {
        label: bar.label,
        layer: bar.layer,
        a: wallA,
        b: wallB,
        delta,
        aNs,
        bNs,
        deltaNs: bNs - aNs,
        verdict: verdictOf(bNs - aNs, aNs, errorOf(byLayer.rows, pass, bar.layer)),
        sliceA: bar.slice,
        sliceB: other.slice,
      },
    ];
  });
}

/** What a difference says where its standard error is known. */
export function verdictOf(deltaNs: number, aNs: number, errorNs: number | undefined): Verdict {
  if (errorNs === undefined) return "unknown";
  if (Math.abs(deltaNs) <= Math.max(2 * errorNs, sameWithin * aNs)) return "same";
  return deltaNs > 0 ? "slower" : "faster";
}

/** Of the ops of a layer, over every length that the pass ran it at. */
function errorOf(rows: Comparison["byLayer"]["rows"], pass: PassName, layer: number): number | undefined {
  const own = rows.filter((row) => row.pass === pass && row.label === layerLabel(layer));
  if (own.length === 0 || own.some(({ errorNs }) => errorNs === undefined)) return undefined;
  return Math.sqrt(own.reduce((sum, { errorNs = 0 }) => sum + errorNs ** 2, 0));
}

function perStep(bar: LayerBar): WallTime {
  const wall = noTime();
  for (const part of wallParts) wall[part] = bar.wall[part] / Math.max(1, bar.times);
  return wall;
}
