import { type Disposable, DisposableStore } from "../../src/base/disposable";
import type { PassComparison } from "../../src/trace/compare/compare";
import { type Trace, endOf, nameOf, rowOf, startOf } from "../../src/trace/trace";
import { element } from "../shared/dom";
import type { TimeSpan } from "../timeline/viewport";
import { fitted } from "../timeline/viewport";
import type { CompareModel } from "./model";
import { Pane } from "./pane";

/** Two timelines in step: one viewport, which counts from the begin of the pass, or of the layer that was chosen. */
export class Timelines implements Disposable {
  readonly root = element("div", { className: "timelines" });
  private readonly owned = new DisposableStore();
  private readonly a: Pane;
  private readonly b: Pane;
  /** Where the two runs are laid over each other, in ns of each. */
  private zero: { a: number; b: number };

  constructor(
    private readonly model: CompareModel,
    pass: PassComparison,
  ) {
    this.zero = { a: pass.a.start, b: pass.b.start };
    this.a = this.owned.add(
      new Pane(model.a, "A", true, {
        moved: (span) => this.b.follow(shifted(span, this.zero.b - this.zero.a)),
        folded: (folded) => this.b.follow({ folded }),
        selected: (slice) => this.b.mark(counterpart(model.a.trace, slice, model.b.trace, this.zero.b - this.zero.a)),
      }),
    );
    this.b = this.owned.add(
      new Pane(model.b, "B", false, {
        moved: (span) => this.a.follow(shifted(span, this.zero.a - this.zero.b)),
        folded: (folded) => this.a.follow({ folded }),
        selected: (slice) => this.a.mark(counterpart(model.b.trace, slice, model.a.trace, this.zero.a - this.zero.b)),
      }),
    );
    this.root.append(this.a.root, this.b.root);
    this.a.fit(pass.a.start, pass.a.start + Math.max(pass.a.end - pass.a.start, pass.b.end - pass.b.start));
  }

  /** Lays the first time that both ran a layer over each other, and shows it. */
  showLayer(sliceA: number, sliceB: number): void {
    const [a, b] = [this.model.a.trace, this.model.b.trace];
    this.zero = { a: startOf(a, sliceA), b: startOf(b, sliceB) };
    const longest = Math.max(endOf(a, sliceA) - this.zero.a, endOf(b, sliceB) - this.zero.b);
    this.a.show(fitted(this.zero.a, this.zero.a + longest, a.durationNs));
    this.b.follow(shifted(this.a.state.state, this.zero.b - this.zero.a));
  }

  dispose(): void {
    this.owned.dispose();
    this.root.remove();
  }
}

function shifted({ start, end }: TimeSpan, by: number): TimeSpan {
  return { start: start + by, end: end + by };
}

/** The slice of the same op on the same kind of track in the other run that is nearest in time. */
export function counterpart(from: Trace, slice: number | undefined, to: Trace, shift: number): number | undefined {
  if (slice === undefined) return undefined;
  const { text } = nameOf(from, slice);
  const kind = from.tracks[from.rows[rowOf(from, slice)]?.track ?? -1]?.kind;
  const wanted = startOf(from, slice) + shift;
  let best: number | undefined;
  let least = Infinity;
  for (const row of to.rows) {
    if (to.tracks[row.track]?.kind !== kind) continue;
    for (let at = row.first; at < row.end; at++) {
      if (nameOf(to, at).text !== text) continue;
      const distance = Math.abs(startOf(to, at) - wanted);
      if (distance < least) [least, best] = [distance, at];
    }
  }
  return best;
}
