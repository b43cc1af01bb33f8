import type { Store, TimeRange } from "./state";
import type { TimeSpan } from "./viewport";

/** What mouse, keyboard, buttons and messages do to the view. One implementation: `TimelineView`. */
export interface Actions {
  readonly state: Store;
  /** The trace is of a run that may have a plan: there is a partition to switch to. */
  readonly hasPlan: boolean;
  /** @param animated a short ease, for jumps; none for what follows the hand. */
  show(span: TimeSpan, animated: boolean): void;
  fit(from: number, to: number): void;
  /** @param reveal moves the view so that the slice is seen. */
  select(slice: number | undefined, reveal: boolean): void;
  setRange(range: TimeRange | undefined): void;
  /** Clears the range, else the selection. */
  clear(): void;
  scrollTracks(pixels: number): void;
  hover(slice: number | undefined, x: number, y: number): void;
  focusSearch(): void;
  nextMatch(step: 1 | -1): void;
  copySelection(as: "json" | "row"): void;
  /** Opens the tuner beside the timeline. */
  tune(): void;
  showKeys(): void;
  moveFocus(step: 1 | -1): void;
}
