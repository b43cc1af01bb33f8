import type { PassName } from "../../src/trace/analysis/bandCursor";

/** All that the user chose on the page. */
export interface CompareState {
  readonly pass: PassName;
  readonly align: "layer" | "op";
  readonly sort: "order" | "change";
  readonly view: "table" | "timelines";
  /** Label of the chosen row. */
  readonly selected: string | undefined;
}

export const firstState: CompareState = {
  pass: "prefill",
  align: "layer",
  sort: "order",
  view: "table",
  selected: undefined,
};

/** What of a saved state can be used. */
export function restored(saved: unknown): CompareState {
  if (typeof saved !== "object" || saved === null) return firstState;
  const { pass, align, sort, view, selected } = saved as Partial<Record<keyof CompareState, unknown>>;
  return {
    pass: pass === "decode" ? "decode" : "prefill",
    align: align === "op" ? "op" : "layer",
    sort: sort === "change" ? "change" : "order",
    view: view === "timelines" ? "timelines" : "table",
    selected: typeof selected === "string" ? selected : undefined,
  };
}
