import { Emitter } from "../../src/base/event";
import type { GroupBy } from "../../src/trace/range";
import type { Pass } from "../../src/trace/summary";
import { type PartitionState, restorePartition } from "../plan/partitionState";
import { type ShapesState, restoreShapes } from "../plan/shapesState";
import { type Tab, tabNames } from "./tabs";

export type ColourMode = "processor" | "strategy" | "kind" | "layer";

export interface TimeRange {
  readonly from: number;
  readonly to: number;
  /** What it covers, where it has a name: `layer 7`. */
  readonly label: string;
}

/** All that the user chose; it survives a switch of tabs. Times in ns. */
export interface ViewState {
  readonly tab: Tab;
  readonly partition: PartitionState;
  readonly shapes: ShapesState;
  readonly start: number;
  readonly end: number;
  readonly selection: number | undefined;
  readonly range: TimeRange | undefined;
  readonly colour: ColourMode;
  readonly group: GroupBy;
  readonly query: string;
  /** Undefined: as the size of the panel suggests. */
  readonly form: "strip" | "full" | undefined;
  readonly pass: Pass;
  readonly details: boolean;
  readonly dock: boolean;
  readonly dockTab: DockTab;
  /** Sizes of those two, in px. */
  readonly detailsWidth: number;
  readonly dockHeight: number;
  /** Of the tracks' names. */
  readonly gutterWidth: number;
  /** Keys of the tracks that are reduced to a line. */
  readonly folded: readonly string[];
  /** Scrolled tracks, in px. */
  readonly scroll: number;
}

export type StatePart = readonly (keyof ViewState)[];

/** Holds the state and tells which parts changed. */
export class Store {
  private readonly changes = new Emitter<StatePart>();
  readonly onChange = this.changes.event;

  constructor(private current: ViewState) {}

  get state(): ViewState {
    return this.current;
  }

  update(part: Partial<ViewState>): void {
    const changed = (Object.keys(part) as (keyof ViewState)[]).filter((key) => part[key] !== this.current[key]);
    if (changed.length === 0) return;
    this.current = { ...this.current, ...part };
    this.changes.fire(changed);
  }
}

/** Takes over what was saved, as far as it fits the trace that is shown now. */
export function restoreState(initial: ViewState, saved: unknown, durationNs: number, slices: number): ViewState {
  if (typeof saved !== "object" || saved === null) return initial;
  const known = saved as Partial<Record<keyof ViewState, unknown>>;
  const state: { -readonly [K in keyof ViewState]: ViewState[K] } = { ...initial };
  const { start, end, selection, query, details, dock, colour, group, form, pass } = known;
  const { tab, dockTab, detailsWidth, dockHeight, gutterWidth } = known;
  if (typeof start === "number" && typeof end === "number" && start < end && end <= durationNs * 1.1) {
    state.start = start;
    state.end = end;
  }
  if (typeof selection === "number" && selection < slices) state.selection = selection;
  if (typeof query === "string") state.query = query;
  if (typeof details === "boolean") state.details = details;
  if (typeof dock === "boolean") state.dock = dock;
  if (isOneOf(dockTab, dockTabs)) state.dockTab = dockTab;
  if (isSize(detailsWidth, leastSizes.detailsWidth)) state.detailsWidth = detailsWidth;
  if (isSize(dockHeight, leastSizes.dockHeight)) state.dockHeight = dockHeight;
  if (isSize(gutterWidth, leastSizes.gutterWidth)) state.gutterWidth = gutterWidth;
  if (isOneOf(tab, tabNames)) state.tab = tab;
  if (Array.isArray(known.folded)) state.folded = known.folded.filter((key) => typeof key === "string");
  state.partition = restorePartition(known.partition);
  state.shapes = restoreShapes(known.shapes);
  if (isOneOf(colour, colourModes)) state.colour = colour;
  if (isOneOf(group, groupings)) state.group = group;
  if (isOneOf(form, ["strip", "full"] as const)) state.form = form;
  if (isOneOf(pass, ["prefill", "decode"] as const)) state.pass = pass;
  const range = known.range;
  if (typeof range === "object" && range !== null && "from" in range && "to" in range) {
    const { from, to } = range;
    const label = "label" in range && typeof range.label === "string" ? range.label : "";
    if (typeof from === "number" && typeof to === "number" && to <= durationNs * 1.1) state.range = { from, to, label };
  }
  return state;
}

function isSize(value: unknown, least: number): value is number {
  return typeof value === "number" && value >= least && value < 1e5;
}

/** Details, sums and the names of tracks as they are at first, and the least that can be read of them, in px. */
export const standardSizes = { detailsWidth: 356, dockHeight: 266, gutterWidth: 140 } as const;
export const leastSizes = { detailsWidth: 240, dockHeight: 100, gutterWidth: 90 } as const;

export const colourModes = ["processor", "strategy", "kind", "layer"] as const;
/** Of the sums, widest first; the first three are the nesting of a run. */
export const groupings = ["token", "layer", "op", "work", "kind", "processor", "strategy"] as const;

export const dockTabs = ["range", "path", "gaps", "ledger", "accuracy", "roofline"] as const;
export type DockTab = (typeof dockTabs)[number];

function isOneOf<T extends string>(value: unknown, choices: readonly T[]): value is T {
  return choices.some((choice) => choice === value);
}
