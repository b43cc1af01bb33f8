/** One step of something that takes time. Shown as a notification in the editor, as a bar in a terminal. */
export interface Progress {
  /** Short and human: "Pushing Llama-3.2-1B". */
  readonly stage: string;
  readonly done: number;
  /** 0 where unknown. */
  readonly total: number;
  readonly unit: "bytes" | "tokens" | "steps" | "shapes" | "graphs" | "comparisons";
  /** Units per second, where known. */
  readonly rate?: number;
  /** Seconds left, where known. */
  readonly secondsLeft?: number;
}

export type ProgressListener = (progress: Progress) => void;
