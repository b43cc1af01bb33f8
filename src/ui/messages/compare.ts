import type { TraceSource } from "./timeline";

/** Which of the two runs. */
export type Side = "a" | "b";

/** What the extension does for the comparison page. */
export type CompareHost = {
  readonly requests: {
    /** The bytes of one run's trace. */
    readonly load: { readonly params: { readonly run: Side }; readonly result: TraceSource };
    readonly copy: { readonly params: { readonly text: string }; readonly result: null };
  };
  readonly events: {
    readonly openTimeline: { readonly run: Side };
    /** A is B now and B is A. */
    readonly swapped: null;
    /** Something that the log should keep; the page shows it as well. */
    readonly problem: { readonly code: string; readonly message: string };
  };
};

/** What the comparison page hears. */
export type ComparePage = {
  readonly requests: Readonly<Record<string, never>>;
  readonly events: {
    /** One of the files changed on disk. */
    readonly changed: null;
  };
};
