import type { Disposable } from "../../src/base/disposable";

export interface Painter {
  /** Draws on canvases. */
  canvas(): void;
  /** Changes elements. */
  dom(): void;
}

/** The one owner of animation frames: what is asked for twice in a frame is done once. */
export class FrameScheduler implements Disposable {
  private frame: number | undefined;
  private canvasDirty = false;
  private domDirty = false;
  private readonly animations = new Set<(now: number) => boolean>();

  constructor(private readonly painter: Painter) {}

  canvas(): void {
    this.canvasDirty = true;
    this.ask();
  }

  all(): void {
    this.canvasDirty = true;
    this.domDirty = true;
    this.ask();
  }

  /** Calls `step` every frame until it returns false; the canvas is drawn each time. */
  animate(step: (now: number) => boolean): Disposable {
    this.animations.add(step);
    this.ask();
    return { dispose: () => this.animations.delete(step) };
  }

  /** Does now what is due, for pictures and tests. */
  flush(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.run(performance.now());
  }

  dispose(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.animations.clear();
  }

  private ask(): void {
    this.frame ??= requestAnimationFrame((now) => this.run(now));
  }

  private run(now: number): void {
    this.frame = undefined;
    for (const step of [...this.animations]) {
      this.canvasDirty = true;
      if (!step(now)) this.animations.delete(step);
    }
    const { canvasDirty, domDirty } = this;
    this.canvasDirty = this.domDirty = false;
    if (domDirty) this.painter.dom();
    if (canvasDirty) this.painter.canvas();
    if (this.animations.size > 0) this.ask();
  }
}
