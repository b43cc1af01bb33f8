import "../shared/style.css";
import "./strip.css";
import "./details/details.css";
import "./dock/dock.css";
import "./timeline.css";
import "./splitter.css";
import "../plan/plan.css";
import { decodeTrace } from "../../src/trace/decode";
import { registerControls } from "../shared/controls";
import { App } from "./app";
import { connectHost } from "./host";
import { initialState } from "./initialState";
import { TimelineModel } from "./model";
import { Store, restoreState } from "./state";
import { emptyState, failureState, loadingState } from "./states";

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

host.onChanged(() => void open());
void open();
