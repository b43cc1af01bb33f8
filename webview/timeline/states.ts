import { button, progressRing } from "../shared/controls";
import { element } from "../shared/dom";
import type { Failure } from "../../src/base/result";
import type { Host } from "./host";

/** While the file is read. */
export function loadingState(): HTMLElement {
  return element(
    "div",
    { className: "state centred" },
    progressRing("Reading the trace"),
    element("p", { className: "muted" }, "Reading the trace"),
  );
}

/** A file that cannot be shown: what is true, and what to do. The code stands below, never instead. */
export function failureState(failure: Failure, fileName: string, host: Host, retry: () => void): HTMLElement {
  const garbled = failure.code === "trace-garbled";
  return element(
    "div",
    { className: "state", attrs: { role: "alert" } },
    element("h1", {}, garbled ? "This file is damaged" : "This file cannot be shown"),
    element("p", {}, failure.message),
    element(
      "div",
      { className: "actions" },
      button({ label: "Try again", onClick: retry }),
      ...(host.kind === "editor"
        ? [
            button({
              label: "Open the Perfetto UI",
              appearance: "secondary",
              onClick: () => void host.openInPerfetto(),
            }),
          ]
        : []),
    ),
    element("p", { className: "muted mono" }, `${failure.code} · ${fileName}`),
  );
}

/** A run that has begun and has written nothing to show yet. */
export function waitingState(): HTMLElement {
  return element(
    "div",
    { className: "state centred" },
    progressRing("The run has begun"),
    element("p", { className: "muted" }, "The run has begun. Its timeline appears here with the first op."),
  );
}

/** A whole trace in which nothing ran. */
export function emptyState(fileName: string, host: Host): HTMLElement {
  return element(
    "div",
    { className: "state" },
    element("h1", {}, "No run to show"),
    element(
      "p",
      {},
      `${fileName} was begun, and nothing ran before it ended. Run a model and its timeline opens here.`,
    ),
    host.kind === "editor" &&
      element("div", { className: "actions" }, button({ label: "Run a model…", onClick: () => host.run() })),
  );
}
