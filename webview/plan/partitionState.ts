export const planPasses = ["prefill", "decode"] as const;
export type PlanPass = (typeof planPasses)[number];
export const planShows = ["predicted", "measured", "difference"] as const;
export type PlanShow = (typeof planShows)[number];

/** What the user chose in the partition view. */
export interface PartitionState {
  readonly pass: PlanPass;
  /** Of a prefill step; undefined: as the run's prompt. */
  readonly tokens: number | undefined;
  readonly show: PlanShow;
  readonly fold: boolean;
  /** Name of the op whose cell has the focus. */
  readonly op: string | undefined;
}

export const initialPartition: PartitionState = {
  pass: "prefill",
  tokens: undefined,
  show: "predicted",
  fold: false,
  op: undefined,
};

/** Takes over what was saved, as far as it is what it should be. */
export function restorePartition(saved: unknown): PartitionState {
  if (typeof saved !== "object" || saved === null) return initialPartition;
  const { pass, tokens, show, fold, op } = saved as Partial<Record<keyof PartitionState, unknown>>;
  return {
    pass: planPasses.find((known) => known === pass) ?? initialPartition.pass,
    tokens: typeof tokens === "number" && Number.isInteger(tokens) && tokens > 0 ? tokens : undefined,
    show: planShows.find((known) => known === show) ?? initialPartition.show,
    fold: fold === true,
    op: typeof op === "string" ? op : undefined,
  };
}
