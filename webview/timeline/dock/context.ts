import type { TimelineModel } from "../model";

/** What a tab of the dock shows: the trace between two times, in ns. */
export interface DockContext {
  readonly model: TimelineModel;
  readonly from: number;
  readonly to: number;
  /** `layer 7`, `view`. */
  readonly label: string;
  /** Selects a slice and shows it. */
  select(slice: number): void;
}

export const processorNames: Readonly<Record<string, string>> = {
  gpu: "GPU",
  npu: "NPU",
  cpu: "CPU",
  sync: "sync",
  wait: "–",
};

/** `≈` stands before what was not measured. */
export function about({ model }: DockContext): string {
  return model.modeled ? "≈ " : "";
}
