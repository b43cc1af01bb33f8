import { type Disposable, toDisposable } from "../../src/base/disposable";
import { bandAt } from "../../src/trace/bands";
import { covering, nearest } from "../../src/trace/navigate";
import { type Trace, endOf, rowOf, startOf } from "../../src/trace/trace";
import { type TrackBox, boxAt, minimap, rowAt, toggled, tracksTop } from "./layout";
import type { Surface } from "./surface";
import { clamped, nsPerPixel, panned, toTime, toX, wholeRun, zoomed } from "./viewport";
import type { Actions } from "./actions";

/** How near the pointer has to be to a slice that is narrower than a finger. */
const reach = 3;

/** Mouse, pen and touch on the tracks: pan, zoom, select, ranges, the minimap. */
export function listenToPointer(surface: Surface, trace: Trace, actions: Actions): Disposable {
  const { front } = surface;
  const { state } = actions;
  let drag: Drag | undefined;
  const pointers = new Map<number, PointerEvent>();

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    front.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    if (pointers.size > 1) {
      drag = undefined;
      return;
    }
    drag = beginDrag(event, surface, state.state.start, state.state.end);
    if (drag.kind === "map") moveTo(event.offsetX);
  };

  const moveTo = (x: number): void => {
    const { left, width } = surface.viewport;
    const at = ((x - left) / width) * trace.durationNs;
    const half = (state.state.end - state.state.start) / 2;
    actions.show(clamped({ start: at - half, end: at + half }, trace.durationNs), false);
  };

  const move = (event: PointerEvent): void => {
    if (pointers.has(event.pointerId)) {
      const before = pointers.get(event.pointerId);
      pointers.set(event.pointerId, event);
      if (pointers.size === 2 && before !== undefined) {
        pinch(before, event);
        return;
      }
    }
    if (drag === undefined) {
      hover(event);
      return;
    }
    const moved = event.offsetX - drag.x;
    if (Math.abs(moved) > 3) drag.moved = true;
    if (drag.kind === "map") moveTo(event.offsetX);
    else if (drag.kind === "range" && drag.moved) {
      const view = surface.viewport;
      const times = [toTime(view, drag.x), toTime(view, event.offsetX)].map((time) =>
        Math.min(Math.max(0, time), trace.durationNs),
      );
      actions.setRange({ from: Math.min(...times), to: Math.max(...times), label: "" });
    } else if (drag.kind === "pan" && drag.moved) {
      const part = -moved / surface.viewport.width;
      actions.show(panned({ start: drag.start, end: drag.end }, part, trace.durationNs), false);
      front.classList.add("dragging");
    }
  };

  const pinch = (before: PointerEvent, now: PointerEvent): void => {
    const other = [...pointers.values()].find((pointer) => pointer.pointerId !== now.pointerId);
    if (other === undefined) return;
    const distance = (a: PointerEvent, b: PointerEvent): number => Math.max(10, Math.abs(a.offsetX - b.offsetX));
    const at = toTime(surface.viewport, (now.offsetX + other.offsetX) / 2);
    actions.show(zoomed(state.state, distance(before, other) / distance(now, other), at, trace.durationNs), false);
  };

  const up = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    front.classList.remove("dragging");
    const ended = drag;
    drag = undefined;
    if (ended === undefined || ended.moved || ended.kind === "map") return;
    const named = namedAt(surface, state.state.scroll, event.offsetX, event.offsetY);
    if (named !== undefined) {
      state.update({ folded: toggled(state.state.folded, named.track) });
      return;
    }
    const slice = sliceAt(surface, trace, state.state.scroll, event.offsetX, event.offsetY);
    if (slice === undefined) actions.clear();
    else actions.select(slice, false);
  };

  const doubleClick = (event: MouseEvent): void => {
    if (event.offsetY < minimap.y + minimap.height + 4) {
      actions.show(wholeRun(trace.durationNs), true);
      return;
    }
    const slice = sliceAt(surface, trace, state.state.scroll, event.offsetX, event.offsetY);
    if (slice === undefined) return;
    const kind = trace.tracks[trace.rows[rowOf(trace, slice)]?.track ?? -1]?.kind;
    if (kind === "band") {
      const band = bandAt(trace, slice);
      actions.setRange({ from: band.start, to: band.end, label: band.name });
    }
    actions.fit(startOf(trace, slice), endOf(trace, slice));
  };

  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.ctrlKey || event.metaKey) {
      const at = toTime(surface.viewport, Math.max(surface.viewport.left, event.offsetX));
      actions.show(zoomed(state.state, Math.exp(dy * 0.0025), at, trace.durationNs), false);
    } else if (event.shiftKey) {
      // Browsers turn the wheel sideways while Shift is held.
      actions.scrollTracks(dy === 0 ? dx : dy);
    } else {
      actions.show(panned(state.state, (dx + dy) / surface.viewport.width, trace.durationNs), false);
    }
    hover(event);
  };

  const hover = (event: MouseEvent): void => {
    surface.hoverX = event.offsetX;
    const slice = sliceAt(surface, trace, state.state.scroll, event.offsetX, event.offsetY);
    surface.hoveredSlice = slice;
    const named = namedAt(surface, state.state.scroll, event.offsetX, event.offsetY);
    front.classList.toggle("over-slice", slice !== undefined || named !== undefined);
    actions.hover(slice, event.offsetX, event.offsetY);
  };

  const leave = (): void => {
    surface.hoverX = undefined;
    surface.hoveredSlice = undefined;
    actions.hover(undefined, 0, 0);
  };

  front.addEventListener("pointerdown", down);
  front.addEventListener("pointermove", move);
  front.addEventListener("pointerup", up);
  front.addEventListener("pointercancel", up);
  front.addEventListener("pointerleave", leave);
  front.addEventListener("dblclick", doubleClick);
  front.addEventListener("wheel", wheel, { passive: false });
  return toDisposable(() => {
    front.removeEventListener("pointerdown", down);
    front.removeEventListener("pointermove", move);
    front.removeEventListener("pointerup", up);
    front.removeEventListener("pointercancel", up);
    front.removeEventListener("pointerleave", leave);
    front.removeEventListener("dblclick", doubleClick);
    front.removeEventListener("wheel", wheel);
  });
}

interface Drag {
  readonly kind: "map" | "range" | "pan";
  readonly x: number;
  readonly start: number;
  readonly end: number;
  moved: boolean;
}

function beginDrag(event: PointerEvent, surface: Surface, start: number, end: number): Drag {
  const inMap = event.offsetY < minimap.y + minimap.height + 4 && event.offsetX >= surface.viewport.left - 4;
  const inRuler = event.offsetY >= minimap.y + minimap.height + 4 && event.offsetY < tracksTop;
  const kind = inMap ? "map" : event.shiftKey || inRuler ? "range" : "pan";
  return { kind, x: Math.min(event.offsetX, surface.size.width), start, end, moved: false };
}

/** The track whose name is under the pointer. */
function namedAt(surface: Surface, scroll: number, x: number, y: number): TrackBox | undefined {
  if (x >= surface.viewport.left || y < tracksTop) return undefined;
  return boxAt(surface.layout, y - tracksTop + Math.min(scroll, surface.scrollRange));
}

/** The slice under the pointer, or a narrow one close by. */
export function sliceAt(surface: Surface, trace: Trace, scroll: number, x: number, y: number): number | undefined {
  if (x < surface.viewport.left || y < tracksTop) return undefined;
  const row = rowAt(surface.layout, y - tracksTop + Math.min(scroll, surface.scrollRange));
  if (row === undefined) return undefined;
  const view = surface.viewport;
  const time = toTime(view, x);
  const exact = covering(trace, row, time);
  if (exact !== undefined) return exact;
  const near = nearest(trace, row, time);
  if (near === undefined) return undefined;
  const distance = Math.max(startOf(trace, near) - time, time - endOf(trace, near));
  return distance < reach * nsPerPixel(view) && toX(view, startOf(trace, near)) < surface.size.width ? near : undefined;
}
