import type { ProfileCurvesParams, ProfileCurvesResult } from "../../plan/types";

/** A trace file for a page, whole. */
export interface TraceSource {
  readonly fileName: string;
  readonly bytes?: ArrayBuffer | Uint8Array;
}

/** A trace file for the page, and where it may fetch it, which spares a copy of large files. */
export interface TraceAddress {
  readonly fileName: string;
  readonly uri?: string;
  /** A run writes it now. */
  readonly running: boolean;
}

/** What a trace file holds from a byte on. */
export interface TraceMore {
  readonly bytes: Uint8Array;
  /** Of the whole file; less than what was read before where it was written anew. */
  readonly size: number;
  /** Another one each time that the file was written. */
  readonly stamp: string;
  readonly running: boolean;
}

export type ExportKind = "pftrace" | "json" | "csv" | "png" | "html";

/** What the extension does for the timeline page. */
export type TimelineHost = {
  readonly requests: {
    readonly load: { readonly params: null; readonly result: TraceAddress };
    /** Bytes through the message channel: of a file that grew, and all of it for a page that could not fetch it. */
    readonly more: { readonly params: { readonly from: number }; readonly result: TraceMore };
    /** Asks where, then writes. `saved` is false where the user changed their mind. */
    readonly save: {
      readonly params: { readonly kind: ExportKind; readonly content?: string | ArrayBuffer };
      readonly result: { readonly saved: boolean };
    };
    /** What shapes cost over the number of tokens. Answered by an agent of this computer; no processor runs. */
    readonly curves: { readonly params: ProfileCurvesParams; readonly result: ProfileCurvesResult };
    readonly copy: { readonly params: { readonly text: string }; readonly result: null };
    /** Shows the file in the system's file manager and opens the Perfetto UI, which takes it by drag and drop. */
    readonly openInPerfetto: { readonly params: null; readonly result: null };
  };
  readonly events: {
    /** Something that the log should keep; the page shows it as well. */
    readonly problem: { readonly code: string; readonly message: string };
    /** Run a model, from a page that has no run to show. */
    readonly run: null;
    /** Begin an override of how ops of this pattern are placed, e.g. `blk.7.ffn_down`. */
    readonly override: { readonly pattern: string };
    /** Open the tuner of this run beside it. */
    readonly tune: null;
  };
};

/** What the timeline page does for the extension. */
export type TimelinePage = {
  readonly requests: Readonly<Record<string, never>>;
  readonly events: {
    /** The file changed on disk. */
    readonly changed: null;
    /** Show this op, e.g. `blk.7.ffn_down`, as the search box would. */
    readonly reveal: { readonly query: string };
  };
};
