import type { Disposable } from "../../src/base/disposable";
import type { HoverDetail } from "./matrixElement";

/** A card comes after the pointer or the focus rested, so that nothing flickers by. Source: design, section 4. */
const restMs = { pointer: 150, focus: 300 } as const;
/** Time to reach the card with the pointer. */
const leaveMs = 160;

/** When a card for what is hovered or focused comes, and when it goes. */
export class HoverTimer implements Disposable {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly show: (detail: HoverDetail | undefined) => void) {}

  hover(detail: HoverDetail | undefined): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(detail), detail === undefined ? leaveMs : restMs[detail.by]);
  }

  /** The pointer is on the card itself. */
  keep(): void {
    clearTimeout(this.timer);
  }

  end(): void {
    clearTimeout(this.timer);
    this.show(undefined);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
