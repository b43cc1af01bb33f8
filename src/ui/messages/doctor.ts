import type { DoctorFix, DoctorReport } from "../../device/doctorReport";

export type { DoctorCheck, DoctorFix, DoctorReport } from "../../device/doctorReport";

/** What the doctor's page shows: a report, or what is being looked at. */
export interface DoctorState {
  readonly deviceName: string;
  readonly busy: string | null;
  readonly report: DoctorReport | null;
  /** Local time of the check, as a person writes it. */
  readonly checkedAt: string;
}

/** What the extension does for the page. */
export type DoctorHost = {
  readonly requests: { readonly ready: { readonly params: null; readonly result: DoctorState } };
  readonly events: {
    readonly checkAgain: null;
    readonly copy: { readonly text: string };
    readonly fix: DoctorFix;
  };
};

/** What the page hears. */
export type DoctorPage = {
  readonly requests: Readonly<Record<string, never>>;
  readonly events: { readonly state: DoctorState };
};
