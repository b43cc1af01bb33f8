import "../shared/style.css";
import "./strip.css";
import "./timeline.css";
import "./splitter.css";
import "../plan/plan.css";
import { bandsOf } from "../../src/trace/bands";
import { decodeTrace } from "../../src/trace/decode";
import type { Trace } from "../../src/trace/trace";
import { initialPartition } from "../plan/partitionState";
import { initialShapes } from "../plan/shapesState";
import { registerControls } from "../shared/controls";
import { App } from "./app";
import { connectHost } from "./host";
import { TimelineModel } from "./model";
import { Store, type ViewState, restoreState, standardSizes } from "./state";
import { emptyState, failureState, loadingState } from "./states";
import { type TimeSpan, fitted, wholeRun } from "./viewport";

registerControls();
const host = connectHost();
let shown: App | undefined;

async function open(): Promise<void> {
  if (shown === undefined) document.body.append(loadingState());
  const loaded = await host.load();
  const fileName = loaded.ok ? loaded.value.fileName : "";
  const decoded = loaded.ok ? decodeTrace(loaded.value.bytes, fileName) : loaded;
  for (const state of document.querySelectorAll("body > .state")) state.remove();
  shown?.dispose();
  shown = undefined;
  if (!decoded.ok) {
    host.report(decoded.failure.code, decoded.failure.message);
    document.body.append(failureState(decoded.failure, fileName, host, () => void open()));
    return;
  }
  const trace = decoded.value;
  if (trace.slices.count === 0) {
    document.body.append(emptyState(fileName));
    return;
  }
  const model = new TimelineModel(trace, fileName);
  const store = new Store(restoreState(initialState(trace), host.readState(), trace.durationNs, trace.slices.count));
  shown = new App(model, store, host, { preferCanvas: document.body.dataset.renderer === "canvas" });
  document.body.append(shown.root);
  shown.flush();
  performance.mark("tandem-timeline-drawn");
}

function initialState(trace: Trace): ViewState {
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
    ...standardSizes,
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

host.onChanged(() => void open());
void open();
