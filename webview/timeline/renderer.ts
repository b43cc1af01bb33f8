import type { Disposable } from "../../src/base/disposable";
import type { Palette } from "./colours";

/**
 * Rectangles of slices in a window of time, ready to draw. Times are f32 relative to `base`: the window is
 * narrow enough that f32 is exact to a fraction of a pixel.
 */
export interface Instances {
  readonly base: number;
  count: number;
  /** Start and end in ns after `base`. */
  spans: Float32Array;
  /** Top and height in px in the track area. */
  boxes: Float32Array;
  /** Slice, and style with `denseBit`. */
  ids: Uint32Array;
}

/** Set in an instance's style where it shows density: no gap to its neighbour, no outline. */
export const denseBit = 1 << 16;

/** What changes with every pan and zoom: uniforms, not data. */
export interface Frame {
  /** Time at the left edge, and px per ns. */
  readonly start: number;
  readonly scale: number;
  /** Drawn area in px of the canvas. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly scroll: number;
  /** Weak fill and dashed outline: nothing was measured. */
  readonly modeled: boolean;
  /** Outlines around every slice wider than 3 px. */
  readonly outlined: boolean;
  readonly hovered: number;
}

/** Draws slices. WebGL2 where there is one, else Canvas 2D: the same picture. */
export interface Renderer extends Disposable {
  readonly name: "WebGL2" | "Canvas 2D";
  /** Size of the canvas in CSS px, and device pixels per CSS px. */
  resize(width: number, height: number, ratio: number): void;
  setPalette(palette: Palette): void;
  setInstances(instances: Instances): void;
  draw(frame: Frame): void;
}

export const noSlice = 0xffffffff;
export const modeledAlpha = 0.28;
