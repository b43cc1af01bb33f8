import { type Disposable, toDisposable } from "../../src/base/disposable";
import type { Result } from "../../src/base/result";
import { planOfTrace } from "../../src/plan/ofTrace";
import type { Plan } from "../../src/plan/types";
import { type RangeSum, type GroupBy, sumRange } from "../../src/trace/range";
import { searchSlices } from "../../src/trace/search";
import { type Summary, summarize } from "../../src/trace/summary";
import { type Trace, nameOf, rowOf, startOf } from "../../src/trace/trace";
import { type Work, readWork, readWorkInSteps } from "../../src/trace/work";

/** What is left of a frame after drawing. */
const msPerStep = 6;

/** A trace and what is worked out from it, each when it is first asked for. */
export class TimelineModel {
  private workColumns: Work | undefined;
  private planOfRun: Result<Plan> | undefined;
  private summaryOfRun: Summary | undefined;
  private found: { readonly query: string; readonly slices: Uint32Array; readonly names: Uint8Array } | undefined;
  private summed: { readonly key: string; readonly sum: RangeSum } | undefined;

  constructor(
    readonly trace: Trace,
    readonly fileName: string,
    /** Says that the run goes on; undefined for one that has ended. */
    readonly livePill?: HTMLElement,
  ) {}

  get modeled(): boolean {
    return this.trace.header?.origin === "modeled";
  }

  /** A trace of Tandem's own, as far as it says so. */
  get own(): boolean {
    return this.trace.header !== undefined;
  }

  /** The plan that the run was made by, or why the trace holds none. */
  get plan(): Result<Plan> {
    return (this.planOfRun ??= planOfTrace(this.trace.header?.json));
  }

  /** Now, however long it takes. */
  work(): Work {
    return (this.workColumns ??= readWork(this.trace));
  }

  get hasWork(): boolean {
    return this.workColumns !== undefined;
  }

  /** Reads the work columns in between frames; `done` is called once, at once where they are there already. */
  prepareWork(done: () => void): Disposable {
    const steps = readWorkInSteps(this.trace);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = (): void => {
      const until = performance.now() + msPerStep;
      while (this.workColumns === undefined && performance.now() < until) {
        const step = steps.next();
        if (step.done === true) this.workColumns = step.value;
      }
      if (this.workColumns === undefined) timer = setTimeout(run, 0);
      else done();
    };
    run();
    return toDisposable(() => clearTimeout(timer));
  }

  summary(): Summary {
    return (this.summaryOfRun ??= summarize(this.trace, () => this.work()));
  }

  /** Slices in time order, and a flag for each name, that match the query. */
  matches(query: string): { readonly slices: Uint32Array; readonly names: Uint8Array } {
    if (this.found?.query !== query) {
      const slices = searchSlices(this.trace, query);
      const names = new Uint8Array(this.trace.names.length);
      for (const slice of slices) names[this.trace.slices.name[slice] ?? 0] = 1;
      this.found = { query, slices, names };
    }
    return this.found;
  }

  sum(from: number, to: number, groupBy: GroupBy): RangeSum {
    const key = `${String(from)} ${String(to)} ${groupBy}`;
    if (this.summed?.key !== key) this.summed = { key, sum: sumRange(this.trace, this.work(), from, to, groupBy) };
    return this.summed.sum;
  }

  /** Where events were lost, in ns since the trace began. */
  lost(): { readonly from: number; readonly to: number } | undefined {
    const lost = this.trace.footer?.lost;
    if (lost === undefined || lost.events === 0 || lost.firstNs === undefined || lost.lastNs === undefined)
      return undefined;
    const { originNs, durationNs } = this.trace;
    const inRun = (bootNs: number): number => Math.min(Math.max(0, bootNs - originNs), durationNs);
    return { from: inRun(lost.firstNs), to: inRun(lost.lastNs) };
  }

  /** Durations of slices of the same op on the same track in the same phase, in ns, ascending. */
  durationsLike(slice: number): Float64Array {
    const { trace } = this;
    const { op, kind } = nameOf(trace, slice);
    const same = trace.names.map((name) => name.op === op && name.kind === kind);
    const row = trace.rows[rowOf(trace, slice)];
    if (row === undefined) return new Float64Array();
    const at = startOf(trace, slice);
    const phase = this.summary().phases.find(({ start, end }) => start <= at && at < end);
    const found: number[] = [];
    for (let i = row.first; i < row.end; i++) {
      if (same[trace.slices.name[i] as number] !== true) continue;
      const start = startOf(trace, i);
      if (phase === undefined || (start >= phase.start && start < phase.end))
        found.push(trace.slices.duration[i] as number);
    }
    return Float64Array.from(found).sort();
  }
}
