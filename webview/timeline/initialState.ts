import { bandsOf } from "../../src/trace/bands";
import type { Trace } from "../../src/trace/trace";
import { initialPartition } from "../plan/partitionState";
import { initialShapes } from "../plan/shapesState";
import { type ViewState, standardSizes } from "./state";
import { type TimeSpan, fitted, wholeRun } from "./viewport";

/** What is seen of a trace before anybody chose anything. */
export function initialState(trace: Trace): ViewState {
  const several = trace.tracks.some(({ kind }) => kind === "gpu" || kind === "npu");
  return {
    tab: "timeline",
    partition: initialPartition,
    shapes: initialShapes,
    ...runOf(trace),
    selection: undefined,
    range: undefined,
    // With one processor its colour says nothing.
    colour: several ? "processor" : "kind",
    group: "work",
    query: "",
    form: undefined,
    pass: "prefill",
    details: true,
    dock: true,
    dockTab: "range",
    ...standardSizes,
    folded: [],
    scroll: 0,
    ...(document.body.dataset.form === "full" || document.body.dataset.form === "strip"
      ? { form: document.body.dataset.form }
      : {}),
  };
}

/** What a run is opened for: from the prompt to the last token. Loading before it may take far longer. */
function runOf(trace: Trace): TimeSpan {
  const phases = bandsOf(trace, "Phase").filter(({ name }) => name === "prefill" || name === "decode");
  const first = phases[0];
  const last = phases[phases.length - 1];
  if (first === undefined || last === undefined) return wholeRun(trace.durationNs);
  return fitted(first.start, last.end, trace.durationNs, 0.01);
}
