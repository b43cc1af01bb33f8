import type { Trace } from "../../src/trace/trace";
import type { Colouring, Palette } from "./colours";
import type { TrackLayout } from "./layout";
import type { Pen } from "./pen";
import type { Scene } from "./scene";
import type { TimeRange } from "./state";
import type { Viewport } from "./viewport";

/** Everything that one picture of the timeline is drawn from. */
export interface Drawing {
  readonly pen: Pen;
  readonly trace: Trace;
  readonly view: Viewport;
  readonly layout: TrackLayout;
  readonly scene: Scene;
  readonly colouring: Colouring;
  readonly palette: Palette;
  /** Size of the canvas and of the track area in it, in CSS px. */
  readonly width: number;
  readonly height: number;
  readonly scroll: number;
  readonly modeled: boolean;
  readonly selection: number | undefined;
  readonly otherHalf: number | undefined;
  readonly range: TimeRange | undefined;
  /** Names of slices that the search found, by name index. */
  readonly matches: Uint8Array | undefined;
  readonly hoverX: number | undefined;
  /** The keyboard's focus is on the canvas. */
  readonly focused: boolean;
  /** Names and values in the gutter, by track. */
  readonly subtitles: ReadonlyMap<number, string>;
  /** Where events were lost. */
  readonly lost: { readonly from: number; readonly to: number } | undefined;
}
