import { type PassName } from "../analysis/bandCursor";
import { layerBars } from "../analysis/layerBars";
import { bandsOf } from "../bands";
import { type WallTime, addTime, noTime, totalTime, wallParts } from "../states";
import { summarize } from "../summary";
import type { Trace } from "../trace";
import { cellsOf } from "./cells";
import { type Conditions, conditionsIn } from "./conditions";
import { type CompareRows, compareRows } from "./rows";
import { sentence } from "./sentence";

/** One pass of one run. */
export interface ComparedPass {
  /** Where it lies in its run, in ns. */
  readonly start: number;
  readonly end: number;
  /** Steps through the model: tokens in decode, chunks in prefill. */
  readonly steps: number;
  /** Wall time of one step by what worked in it, in ns. */
  readonly wall: WallTime;
  readonly stepNs: number;
  readonly tokensPerSecond?: number;
  readonly conditions: Conditions;
}

export interface PassComparison {
  readonly pass: PassName;
  readonly a: ComparedPass;
  readonly b: ComparedPass;
}

/** What differs between two runs, and why. */
export interface Comparison {
  /** Passes that both runs have. */
  readonly passes: readonly PassComparison[];
  readonly byOp: CompareRows;
  readonly byLayer: CompareRows;
  /** Each op of each layer. */
  readonly byName: CompareRows;
  /** What keeps the runs from being compared like with like, a sentence each. */
  readonly caveats: readonly string[];
  /** The whole in one sentence. */
  readonly sentence: string;
}

/** Aligns two runs by pass, length, layer and op: O(n log n). */
export function compareRuns(a: Trace, b: Trace): Comparison {
  const cellsA = cellsOf(a);
  const cellsB = cellsOf(b);
  const passesA = passesOf(a);
  const passesB = passesOf(b);
  const both = (["prefill", "decode"] as const).flatMap((pass) => {
    const [ofA, ofB] = [passesA.get(pass), passesB.get(pass)];
    return ofA === undefined || ofB === undefined ? [] : [{ pass, a: ofA, b: ofB }];
  });
  const byOp = compareRows(a.names, cellsA, cellsB, "op");
  return {
    passes: both,
    byOp,
    byLayer: compareRows(a.names, cellsA, cellsB, "layer"),
    byName: compareRows(a.names, cellsA, cellsB, "name"),
    caveats: caveatsOf(a, b),
    sentence: sentence(both, byOp.rows),
  };
}

function passesOf(trace: Trace): ReadonlyMap<string, ComparedPass> {
  const summary = summarize(trace);
  return new Map(
    bandsOf(trace, "Phase").map(({ name, start, end }) => {
      const bars = layerBars(trace, start, end);
      const steps = bars.reduce((most, { times }) => Math.max(most, times), 0);
      const wall = noTime();
      for (const bar of bars) addTime(wall, bar.wall);
      for (const part of wallParts) wall[part] /= Math.max(1, steps);
      const rate = name === "prefill" ? summary.prefillTokensPerSecond : summary.decodeTokensPerSecond;
      return [
        name,
        {
          start,
          end,
          steps,
          wall,
          stepNs: totalTime(wall),
          ...(rate === undefined ? {} : { tokensPerSecond: rate }),
          conditions: conditionsIn(trace, start, end),
        },
      ];
    }),
  );
}

function caveatsOf(a: Trace, b: Trace): string[] {
  const [x, y] = [a.header, b.header];
  const differs = (
    of: (header: NonNullable<typeof x>) => string | number | undefined,
  ): [string, string] | undefined => {
    const [ofA, ofB] = [x && of(x), y && of(y)];
    return ofA === undefined || ofB === undefined || ofA === ofB ? undefined : [String(ofA), String(ofB)];
  };
  const model = differs((header) => header.model.name);
  const device = differs((header) => header.deviceName);
  const origin = differs((header) => header.origin);
  const prompt = differs((header) => header.promptTokens);
  const threads = differs((header) => header.threads);
  const lines: string[] = [];
  if (model !== undefined)
    lines.push(`The models differ, ${model[0]} and ${model[1]}: only ops of the same name are compared.`);
  if (device !== undefined) lines.push(`The devices differ: ${device[0]} and ${device[1]}.`);
  if (origin !== undefined) lines.push(`Times of A are ${origin[0]}, those of B ${origin[1]}.`);
  if (prompt !== undefined)
    lines.push(
      `The prompts differ in length, ${prompt[0]} and ${prompt[1]} tokens: steps of the same length are compared.`,
    );
  for (const [name, trace] of [
    ["A", a],
    ["B", b],
  ] as const) {
    if (trace.header !== undefined && trace.footer === undefined)
      lines.push(`Run ${name} was cut off before its end: what came before it is compared.`);
    const lost = trace.footer?.lost.events ?? 0;
    if (lost > 0) lines.push(`Run ${name} lost ${String(lost)} events: its sums are too low where they lay.`);
  }
  if (threads !== undefined) lines.push(`The threads differ: ${threads[0]} and ${threads[1]}.`);
  return lines;
}
