/** What the user chose in the shape explorer. */
export interface ShapesState {
  /** Name of an op of the shape, within its layer: `ffn_down`. */
  readonly op: string | undefined;
  /** Where the cursor stands. */
  readonly tokens: number | undefined;
  readonly time: "total" | "token";
  readonly scale: "linear" | "log";
}

export const initialShapes: ShapesState = { op: undefined, tokens: undefined, time: "total", scale: "linear" };

/** Takes over what was saved, as far as it is what it should be. */
export function restoreShapes(saved: unknown): ShapesState {
  if (typeof saved !== "object" || saved === null) return initialShapes;
  const { op, tokens, time, scale } = saved as Partial<Record<keyof ShapesState, unknown>>;
  return {
    op: typeof op === "string" ? op : undefined,
    tokens: typeof tokens === "number" && Number.isInteger(tokens) && tokens > 0 ? tokens : undefined,
    time: time === "token" ? "token" : "total",
    scale: scale === "log" ? "log" : "linear",
  };
}
