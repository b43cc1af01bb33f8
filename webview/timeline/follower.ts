import { type Disposable, DisposableStore } from "../../src/base/disposable";
import type { Trace } from "../../src/trace/trace";
import { element } from "../shared/dom";
import type { Store, ViewState } from "./state";
import type { TimeSpan } from "./viewport";

/** Keeps the end of a run in progress in view until the user moves the view, and shows which of both it is. */
export class Follower implements Disposable {
  /** One element for as long as the run goes on, whatever page it stands in. */
  readonly pill = element("button", { className: "badge live", onclick: () => this.follow() });
  private readonly owned = new DisposableStore();
  private following = true;
  private moving = false;

  constructor(private readonly store: Store) {
    this.owned.add(
      store.onChange((changed) => {
        if (!this.moving && (changed.includes("start") || changed.includes("end"))) this.set(false);
      }),
    );
    this.set(true);
  }

  /** The trace grew from `before` to `now`: what the user chose stays, the view moves on where it follows. */
  grow(before: Trace, now: Trace): void {
    const { state } = this.store;
    this.moving = true;
    this.store.update({
      selection: movedSelection(before, now, state.selection),
      ...(this.following ? followed(state, before.durationNs, now.durationNs) : {}),
    });
    this.moving = false;
  }

  dispose(): void {
    this.owned.dispose();
  }

  private follow(): void {
    this.set(true);
  }

  private set(following: boolean): void {
    this.following = following;
    this.pill.textContent = following ? "Live" : "Live, not following";
    this.pill.title = following
      ? "The run goes on, and the view follows it until you move it."
      : "The run goes on; click to follow it again.";
    this.pill.setAttribute("aria-pressed", String(following));
  }
}

/** The whole run stays whole; a part of it keeps its length and moves to the end. */
export function followed({ start, end }: TimeSpan, beforeNs: number, nowNs: number): TimeSpan {
  const slack = beforeNs * 0.02;
  if (start <= slack && end >= beforeNs - slack) return { start: Math.min(0, start), end: nowNs + (end - beforeNs) };
  const length = end - start;
  const margin = length * 0.04;
  return { start: nowNs + margin - length, end: nowNs + margin };
}

/** Slices are numbered row by row, so their numbers change when rows grow. */
export function movedSelection(before: Trace, now: Trace, selection: ViewState["selection"]): ViewState["selection"] {
  if (selection === undefined) return undefined;
  const row = before.rows.find(({ first, end }) => first <= selection && selection < end);
  const same = now.rows.find(({ track, depth }) => track === row?.track && depth === row.depth);
  if (row === undefined || same === undefined) return undefined;
  const moved = same.first + (selection - row.first);
  return moved < same.end ? moved : undefined;
}
