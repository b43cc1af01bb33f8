import type { PassName } from "../../src/trace/analysis/bandCursor";
import { type ChangedFact, changedFacts } from "../../src/trace/compare/changed";
import { type Comparison, type PassComparison, compareRuns } from "../../src/trace/compare/compare";
import { type ComparedLayer, compareLayers } from "../../src/trace/compare/layers";
import type { CompareRow } from "../../src/trace/compare/rows";
import { type Summary, summarize } from "../../src/trace/summary";
import type { Trace } from "../../src/trace/trace";

/** One of the two runs. */
export interface Run {
  readonly trace: Trace;
  readonly fileName: string;
  readonly summary: Summary;
}

/** Two runs and what is worked out from them, each when it is first asked for. */
export class CompareModel {
  readonly comparison: Comparison;
  private readonly layersOf = new Map<PassName, readonly ComparedLayer[]>();

  constructor(
    readonly a: Run,
    readonly b: Run,
  ) {
    this.comparison = compareRuns(a.trace, b.trace);
  }

  /** The same runs, the other way round. */
  swapped(): CompareModel {
    return new CompareModel(this.b, this.a);
  }

  get modeled(): { readonly a: boolean; readonly b: boolean } {
    return { a: this.a.trace.header?.origin === "modeled", b: this.b.trace.header?.origin === "modeled" };
  }

  /** Figures of one origin only may be called better or worse. */
  get likeWithLike(): boolean {
    return this.modeled.a === this.modeled.b;
  }

  pass(name: PassName): PassComparison | undefined {
    return this.comparison.passes.find(({ pass }) => pass === name) ?? this.comparison.passes[0];
  }

  layers(pass: PassComparison): readonly ComparedLayer[] {
    let layers = this.layersOf.get(pass.pass);
    if (layers === undefined) {
      layers = compareLayers(this.a.trace, this.b.trace, pass, this.comparison);
      this.layersOf.set(pass.pass, layers);
    }
    return layers;
  }

  ops(pass: PassComparison): readonly CompareRow[] {
    return this.comparison.byOp.rows.filter((row) => row.pass === pass.pass);
  }

  /** Ops of one layer, largest difference first. */
  opsOf(pass: PassComparison, layer: number): readonly CompareRow[] {
    const prefix = `blk.${String(layer)}.`;
    return this.comparison.byName.rows.filter((row) => row.pass === pass.pass && row.label.startsWith(prefix));
  }

  facts(pass: PassComparison): readonly ChangedFact[] {
    return changedFacts(this.a.trace, this.b.trace, pass, this.comparison);
  }
}

export function runOf(trace: Trace, fileName: string): Run {
  return { trace, fileName, summary: summarize(trace) };
}
