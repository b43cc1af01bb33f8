import { annotationsOf } from "../../src/trace/annotations";
import { type SliceName, type Trace, endOf, nameOf, startOf } from "../../src/trace/trace";
import { durationText, narrowSpace, thousands } from "../shared/format";
import { paletteIndex, patternOf } from "./colours";
import type { Drawing } from "./drawing";
import { type TrackBox, rightEdge, tracksTop } from "./layout";
import { toX } from "./viewport";

/** What lies behind the slices: a weak bed for every track, so that an idle one is seen as a track. */
export function drawBeds(d: Drawing): void {
  const { pen, layout, scroll } = d;
  for (const { track, y, height } of layout.boxes) {
    if (track.kind === "band" || track.kind === "counter") continue;
    pen.box(d.view.left, tracksTop + y - scroll, d.view.width, height, pen.color("track"));
  }
}

/** Phases, tokens and layers. */
export function drawBands(d: Drawing): void {
  const { pen, trace, view, layout, scene, scroll, width } = d;
  for (const box of layout.boxes) {
    if (box.track.kind !== "band") continue;
    const top = tracksTop + box.y - scroll;
    for (const row of box.track.rows.slice(0, 1)) {
      const marks = scene.marksOf(row)?.marks;
      if (marks === undefined) continue;
      for (let i = 0; i < marks.count; i++) {
        const slice = marks.slice[i] as number;
        const left = toX(view, startOf(trace, slice));
        const right = toX(view, endOf(trace, slice));
        if (right < d.view.left || left > width) continue;
        const seenLeft = Math.max(left, d.view.left);
        const seenRight = Math.min(right, width - rightEdge);
        const chosen = d.range?.from === startOf(trace, slice) && d.range.to === endOf(trace, slice);
        const selected = d.selection === slice;
        pen.box(
          seenLeft,
          top,
          Math.max(1, seenRight - seenLeft - (right - left > 3 ? 1 : 0)),
          box.height,
          chosen || selected ? pen.color("selected") : pen.color("grid"),
        );
        const label = pen.fit(bandLabel(trace, slice, seenRight - seenLeft), seenRight - seenLeft - 12);
        if (label === "" || right - left < 24 || box.folded) continue;
        pen.text(label, seenLeft + 6, top + box.height / 2 + 0.5, {
          color: pen.color(chosen || selected ? "selected-text" : "text"),
          weight: chosen ? 600 : 400,
        });
      }
    }
  }
}

function bandLabel(trace: Trace, slice: number, width: number): string {
  const name = nameOf(trace, slice).text;
  const stats = trace.footer?.stats;
  const prompt = stats?.promptTokens ?? trace.header?.promptTokens;
  if (name === "prefill" && prompt !== undefined) return `prefill · ${thousands(prompt)} tokens`;
  if (name === "decode" && stats?.generatedTokens !== undefined)
    return `decode · ${thousands(stats.generatedTokens)} tokens`;
  const match = /^(?:layer|token) (\d+)$/.exec(name);
  return match !== null && width < 60 ? (match[1] ?? name) : name;
}

/** Names and times on slices that have room for them; black or white by the slice's colour. */
export function drawLabels(d: Drawing): void {
  const { trace, view, layout, scene, scroll, width, height } = d;
  for (const box of layout.boxes) {
    if (box.track.kind === "band" || box.track.kind === "counter" || box.rowHeight < 14) continue;
    if (box.track.kind === "joins") continue;
    box.track.rows.forEach((row, depth) => {
      const rowMarks = scene.marksOf(row);
      if (rowMarks === undefined || rowMarks.dense) return;
      const { marks } = rowMarks;
      const top = tracksTop + box.y + depth * box.rowHeight - scroll;
      if (top > height || top + box.rowHeight < tracksTop) return;
      for (let i = 0; i < marks.count; i++) {
        const slice = marks.slice[i] as number;
        const left = Math.max(toX(view, startOf(trace, slice)), d.view.left);
        const right = Math.min(toX(view, endOf(trace, slice)), width - rightEdge);
        if (right - left > 34) drawLabel(d, box, slice, left, right, top);
      }
    });
  }
}

function drawLabel(d: Drawing, box: TrackBox, slice: number, left: number, right: number, top: number): void {
  const { pen, trace, palette, colouring, modeled } = d;
  const style = colouring.styleOf(slice, box.track.kind);
  const index = paletteIndex(style);
  const label = palette.labels[index];
  const color = modeled || label === undefined ? pen.color("text") : pen.css(label);
  const room = right - left - 12;
  const name = shortName(nameOf(trace, slice), room);
  const first = pen.fit(name, room, { weight: 600 });
  if (first === "") return;
  const took = endOf(trace, slice) - startOf(trace, slice);
  const full = durationText(took) + shareText(trace, slice, room);
  const second = box.rowHeight < 40 || pen.width(full) > room ? "" : full;
  const lines = second === "" ? [first] : [first, second];
  const middle = top + (box.rowHeight - (box.track.rows.length > 1 ? 1 : 0)) / 2;
  if (patternOf(style) !== 0 && !modeled) {
    // A plain plate under the text, so that the pattern does not run through it.
    const widest = Math.max(...lines.map((line, i) => pen.width(line, { weight: i === 0 ? 600 : 400 })));
    pen.box(
      left + 3,
      middle - lines.length * 7.5 - 1,
      widest + 6,
      lines.length * 15 + 2,
      pen.css(palette.fills[index] ?? [0, 0, 0, 0]),
    );
  }
  if (lines.length === 1) pen.text(first, left + 6, middle + 0.5, { color, weight: 600 });
  else {
    pen.text(first, left + 6, middle - 7, { color, weight: 600 });
    pen.text(second, left + 6, middle + 8, { color });
  }
}

/** The op; without its part's prefix where there is little room. */
export function shortName(name: SliceName, room: number): string {
  const text = name.op === "" ? name.text : name.op;
  return room > 64 ? text : text.replace(/^(attn|ffn)_/, "");
}

const shares = new WeakMap<Trace, Map<number, string>>();

function shareText(trace: Trace, slice: number, room: number): string {
  if (room < 138) return "";
  let known = shares.get(trace);
  if (known === undefined) shares.set(trace, (known = new Map<number, string>()));
  let text = known.get(slice);
  if (text === undefined) {
    const facts = annotationsOf(trace, slice);
    const share = facts.find(({ name }) => name === "share")?.value;
    const what = facts.some(({ name, value }) => name === "strategy" && value === "activation") ? "tokens" : "rows";
    text = typeof share === "number" && share < 1000 ? ` · ${Math.round(share / 10)}${narrowSpace}% of ${what}` : "";
    known.set(slice, text);
  }
  return text;
}
