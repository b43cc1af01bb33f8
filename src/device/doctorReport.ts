export type CheckState = "ok" | "warning" | "error" | "info";

/** One thing that was looked at. */
export interface DoctorCheck {
  readonly group: "Connection" | "GPU" | "NPU" | "CPU" | "Memory and speed";
  readonly name: string;
  readonly state: CheckState;
  /** What is true. */
  readonly sentence: string;
  /** The raw message or code, where there is one. */
  readonly code: string | null;
  /** What to do, in words; null where nothing has to be done. */
  readonly todo: string | null;
  /** What the reader can have done for them. */
  readonly fix: DoctorFix | null;
}

export type DoctorFix = "ask-again" | "deploy-agent" | "show-agent-log" | "set-adb-path";

/** Why GPU and NPU are used or not, on one device. */
export interface DoctorReport {
  readonly device: {
    readonly id: string;
    readonly name: string;
    readonly kind: "computer" | "phone" | "virtual-phone";
  };
  /** The answer in one sentence. */
  readonly verdict: string;
  /** What to do about it; null where nothing has to be done. */
  readonly todo: string | null;
  readonly checks: readonly DoctorCheck[];
  /** What the checks took. */
  readonly seconds: number;
}
