import { DensityPyramid, isDense } from "../../src/trace/density";
import { type Marks, type TimeWindow, covers, visibleSlices, windowAround } from "../../src/trace/visible";
import type { Row, Trace } from "../../src/trace/trace";
import type { Colouring } from "./colours";
import { type TrackLayout } from "./layout";
import { type Instances, denseBit } from "./renderer";
import { type Viewport, nsPerPixel } from "./viewport";

export interface RowMarks {
  readonly row: number;
  readonly marks: Marks;
  readonly dense: boolean;
}

/**
 * What is drawn now: marks of every row in a window of time about three views wide. It is made again when the
 * view leaves the window or its resolution; within it, panning and zooming change nothing here.
 */
export class Scene {
  private window: TimeWindow | undefined;
  private rows = new Map<number, RowMarks>();
  private readonly pyramids = new Map<number, DensityPyramid>();
  instances: Instances = {
    base: 0,
    count: 0,
    spans: new Float32Array(0),
    boxes: new Float32Array(0),
    ids: new Uint32Array(0),
  };

  constructor(private readonly trace: Trace) {}

  marksOf(row: number): RowMarks | undefined {
    return this.rows.get(row);
  }

  /** Forgets colours and places, which the instances hold. */
  invalidate(): void {
    this.window = undefined;
  }

  /** Returns whether the instances changed. */
  update(view: Viewport, layout: TrackLayout, colouring: Colouring): boolean {
    const perPixel = nsPerPixel(view);
    const { durationNs } = this.trace;
    if (this.window !== undefined && covers(this.window, view.start, view.end, perPixel, durationNs)) return false;
    this.window = windowAround(view.start, view.end, perPixel, durationNs);
    this.rows = new Map();
    for (const { track } of layout.boxes) {
      for (const index of track.rows) this.rows.set(index, this.rowMarks(index, track.kind === "band", this.window));
    }
    this.instances = this.buildInstances(layout, colouring, this.window);
    return true;
  }

  private rowMarks(index: number, isBand: boolean, window: TimeWindow): RowMarks {
    const row = this.trace.rows[index];
    if (row === undefined) throw new RangeError(`no row ${index}`);
    const dense = !isBand && isDense(this.trace.slices, row, window.resolution);
    const marks = dense ? this.densityOf(index, row).marks(window) : visibleSlices(this.trace.slices, row, window);
    return { row: index, marks, dense };
  }

  private densityOf(index: number, row: Row): DensityPyramid {
    let pyramid = this.pyramids.get(index);
    if (pyramid === undefined) this.pyramids.set(index, (pyramid = new DensityPyramid(this.trace.slices, row)));
    return pyramid;
  }

  private buildInstances(layout: TrackLayout, colouring: Colouring, window: TimeWindow): Instances {
    const shown = layout.boxes.filter(({ track }) => track.kind !== "band" && track.kind !== "counter");
    const total = shown.reduce(
      (sum, { track }) => sum + track.rows.reduce((n, row) => n + (this.rows.get(row)?.marks.count ?? 0), 0),
      0,
    );
    const instances = {
      base: window.from,
      count: 0,
      spans: new Float32Array(total * 2),
      boxes: new Float32Array(total * 2),
      ids: new Uint32Array(total * 2),
    };
    for (const { track, y, rowHeight } of shown) {
      track.rows.forEach((row, depth) => {
        const rowMarks = this.rows.get(row);
        if (rowMarks === undefined) return;
        // Nested rows stand a pixel apart.
        const height = track.rows.length > 1 ? rowHeight - 1 : rowHeight;
        const top = y + depth * rowHeight;
        const { marks, dense } = rowMarks;
        for (let i = 0; i < marks.count; i++) {
          const at = instances.count++ * 2;
          const slice = marks.slice[i] as number;
          const tall = dense ? Math.max(1, (marks.busy[i] as number) * height) : height;
          instances.spans[at] = (marks.start[i] as number) - window.from;
          instances.spans[at + 1] = (marks.end[i] as number) - window.from;
          instances.boxes[at] = top + height - tall;
          instances.boxes[at + 1] = tall;
          instances.ids[at] = slice;
          instances.ids[at + 1] = colouring.styleOf(slice, track.kind) | (dense ? denseBit : 0);
        }
      });
    }
    return instances;
  }
}
