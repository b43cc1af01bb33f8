import { type Disposable, toDisposable } from "../../src/base/disposable";
import { type BandName, bandRow } from "../../src/trace/bands";
import { followJoin, nearest, neighbour, onOtherRow, otherHalf } from "../../src/trace/navigate";
import { type Trace, endOf, firstEndingAfter, nameOf, rowOf, startOf } from "../../src/trace/trace";
import type { Actions } from "./actions";
import { rowsInOrder, toggled } from "./layout";
import { colourModes, groupings } from "./state";
import type { Surface } from "./surface";
import { panned, wholeRun, zoomed } from "./viewport";

/** Every key of the timeline, for the list that `?` shows. */
export const keys: readonly (readonly [keys: string, what: string])[] = [
  ["W S", "zoom in, out (Shift: 5 ×)"],
  ["A D", "pan left, right (Shift: 5 ×)"],
  ["Ctrl+wheel, pinch", "zoom at the pointer"],
  ["wheel, drag", "pan"],
  ["Shift+wheel", "scroll the tracks"],
  ["F", "fit the selection or the range"],
  ["0", "whole run"],
  ["← →", "slice before, after"],
  ["↑ ↓", "track above, below, at the same time"],
  ["X", "other half of a split"],
  ["J, Shift+J", "follow a join, back"],
  ["L, Shift+L", "next layer, layer before"],
  ["T, Shift+T", "next token, token before"],
  ["R", "range from the selection"],
  ["Shift+drag", "range"],
  ["double-click", "fit a slice; a band becomes the range"],
  ["Esc", "clear the range, then the selection"],
  ["/ or Ctrl+F", "search"],
  ["Enter, Shift+Enter", "next match, match before"],
  ["C", "colour by …"],
  ["G", "group by …"],
  ["H, click on a name", "fold the selection's track, or a track, to a line and back"],
  ["Shift+H", "unfold all tracks"],
  ["I", "details"],
  ["B", "sums below the tracks"],
  ["P", "partition: layers by ops"],
  ["U", "tune: other settings of the solver"],
  ["drag, ↑ ↓ ← →", "on the edge of the sums or details: their size"],
  ["Ctrl+C, Ctrl+Shift+C", "copy the selection as JSON, as a table row"],
  ["F6, Shift+F6", "next region, region before"],
];

/** Keys anywhere on the page, so that nothing has to be focused first. Those typed into a field are left alone. */
export function listenToKeys(surface: Surface, trace: Trace, actions: Actions): Disposable {
  const listener = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || (isTyping(event) && event.key !== "F6")) return;
    if (press(event, surface, trace, actions)) event.preventDefault();
  };
  document.addEventListener("keydown", listener);
  return toDisposable(() => document.removeEventListener("keydown", listener));
}

function isTyping(event: KeyboardEvent): boolean {
  return event
    .composedPath()
    .some(
      (node) =>
        node instanceof HTMLElement &&
        /^(?:INPUT|TEXTAREA|SELECT|VSCODE-TEXT-FIELD|VSCODE-DROPDOWN)$/.test(node.tagName),
    );
}

/** Returns whether the key means something. */
function press(event: KeyboardEvent, surface: Surface, trace: Trace, actions: Actions): boolean {
  const { key, shiftKey } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command || event.altKey) return pressWithCommand(event, actions);
  const { state } = actions.state;
  const onButton =
    event.target instanceof HTMLElement &&
    event.target !== surface.front &&
    event.target.matches("button, a, vscode-button, [role=menuitem]");
  if (onButton && (key === "Enter" || key === " ")) return false;
  const middle = (state.start + state.end) / 2;
  const duration = trace.durationNs;
  const step = shiftKey ? -1 : 1;
  switch (key.toLowerCase()) {
    case "w":
      actions.show(zoomed(state, shiftKey ? 0.7 ** 5 : 0.7, middle, duration), true);
      return true;
    case "s":
      actions.show(zoomed(state, shiftKey ? 1 / 0.7 ** 5 : 1 / 0.7, middle, duration), true);
      return true;
    case "a":
      actions.show(panned(state, shiftKey ? -1 : -0.2, duration), true);
      return true;
    case "d":
      actions.show(panned(state, shiftKey ? 1 : 0.2, duration), true);
      return true;
    case "f":
      fitSelection(trace, actions);
      return true;
    case "0":
      actions.show(wholeRun(duration), true);
      return true;
    case "arrowleft":
    case "arrowright":
      moveAlong(key === "ArrowLeft" ? -1 : 1, surface, trace, actions);
      return true;
    case "arrowup":
    case "arrowdown":
      moveAcross(key === "ArrowUp" ? -1 : 1, surface, trace, actions);
      return true;
    case "x":
      if (state.selection !== undefined) choose(otherHalf(trace, state.selection), actions);
      return true;
    case "j":
      if (state.selection !== undefined) choose(followJoin(trace, state.selection, step), actions);
      return true;
    case "l":
      moveByBand("Layer", step, trace, actions);
      return true;
    case "t":
      moveByBand("Token", step, trace, actions);
      return true;
    case "r":
      rangeFromSelection(trace, actions);
      return true;
    case "escape":
      actions.clear();
      return true;
    case "/":
      actions.focusSearch();
      return true;
    case "enter":
      actions.nextMatch(step);
      return true;
    case "c":
      actions.state.update({ colour: following(colourModes, state.colour) });
      return true;
    case "g":
      actions.state.update({ group: following(groupings, state.group) });
      return true;
    case "h":
      if (shiftKey) actions.state.update({ folded: [] });
      else foldSelected(trace, actions);
      return true;
    case "i":
      actions.state.update({ details: !state.details });
      return true;
    case "b":
      actions.state.update({ dock: !state.dock });
      return true;
    case "p":
      if (!actions.hasPlan) return false;
      actions.state.update({ tab: "partition" });
      return true;
    case "u":
      if (!actions.hasPlan) return false;
      actions.tune();
      return true;
    case "?":
      actions.showKeys();
      return true;
    case "f6":
      actions.moveFocus(step);
      return true;
    default:
      return false;
  }
}

function pressWithCommand(event: KeyboardEvent, actions: Actions): boolean {
  const key = event.key.toLowerCase();
  if (event.altKey) return false;
  if (key === "f") {
    actions.focusSearch();
    return true;
  }
  if (key !== "c" || window.getSelection()?.isCollapsed === false || actions.state.state.selection === undefined)
    return false;
  actions.copySelection(event.shiftKey ? "row" : "json");
  return true;
}

function fitSelection(trace: Trace, actions: Actions): void {
  const { range, selection } = actions.state.state;
  if (range !== undefined) actions.fit(range.from, range.to);
  else if (selection !== undefined) actions.fit(startOf(trace, selection), endOf(trace, selection));
}

function choose(slice: number | undefined, actions: Actions): void {
  if (slice !== undefined) actions.select(slice, true);
}

/** Without a selection the slice in the middle of what is seen is a place to begin. */
function beginning(surface: Surface, trace: Trace, actions: Actions): number | undefined {
  const { start, end } = actions.state.state;
  const processors = surface.layout.boxes.filter(({ track }) => track.kind !== "band" && track.rows.length > 0);
  const row = processors[0]?.track.rows[0];
  return row === undefined ? undefined : nearest(trace, row, (start + end) / 2);
}

function moveAlong(step: 1 | -1, surface: Surface, trace: Trace, actions: Actions): void {
  const { selection } = actions.state.state;
  choose(selection === undefined ? beginning(surface, trace, actions) : neighbour(trace, selection, step), actions);
}

function moveAcross(step: 1 | -1, surface: Surface, trace: Trace, actions: Actions): void {
  const { selection } = actions.state.state;
  const next =
    selection === undefined
      ? beginning(surface, trace, actions)
      : onOtherRow(trace, selection, rowsInOrder(surface.layout), step);
  choose(next, actions);
}

/** The same place in the next layer or token: its band becomes the range and is fitted. */
function moveByBand(name: BandName, step: 1 | -1, trace: Trace, actions: Actions): void {
  const row = bandRow(trace, name);
  if (row === undefined) return;
  const { range, selection, start, end } = actions.state.state;
  const now = range?.from ?? (selection === undefined ? (start + end) / 2 : startOf(trace, selection));
  const at = firstEndingAfter(trace.slices, row, now);
  const inBand = at < row.end && startOf(trace, at) <= now;
  const isCurrent = inBand && range !== undefined && startOf(trace, at) === range.from && endOf(trace, at) === range.to;
  const next = isCurrent ? at + step : step > 0 || inBand ? at : at - 1;
  if (next < row.first || next >= row.end) return;
  actions.setRange({ from: startOf(trace, next), to: endOf(trace, next), label: nameOf(trace, next).text });
  actions.fit(startOf(trace, next), endOf(trace, next));
}

function foldSelected(trace: Trace, actions: Actions): void {
  const { selection, folded } = actions.state.state;
  const track = selection === undefined ? undefined : trace.tracks[trace.rows[rowOf(trace, selection)]?.track ?? -1];
  if (track !== undefined) actions.state.update({ folded: toggled(folded, track) });
}

function rangeFromSelection(trace: Trace, actions: Actions): void {
  const { selection } = actions.state.state;
  if (selection === undefined) return;
  actions.setRange({
    from: startOf(trace, selection),
    to: endOf(trace, selection),
    label: nameOf(trace, selection).text,
  });
}

function following<T>(choices: readonly T[], current: T): T {
  return choices[(choices.indexOf(current) + 1) % choices.length] ?? current;
}
