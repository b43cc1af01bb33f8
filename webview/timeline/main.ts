import "../shared/style.css";
import "./strip.css";
import "./details/details.css";
import "./dock/dock.css";
import "./timeline.css";
import "./splitter.css";
import "../plan/plan.css";
import { registerControls } from "../shared/controls";
import { App } from "./app";
import { type ReadTrace, TraceDocument } from "./document";
import { Follower } from "./follower";
import { connectHost } from "./host";
import { initialState } from "./initialState";
import { TimelineModel } from "./model";
import { Store, restoreState } from "./state";
import { emptyState, failureState, loadingState, waitingState } from "./states";

registerControls();
const host = connectHost();
const file = new TraceDocument(host);
document.body.append(loadingState());
let shown: { readonly app: App; readonly model: TimelineModel; readonly store: Store } | undefined;
let follower: Follower | undefined;
let next: ReturnType<typeof setTimeout> | undefined;
let working = false;
let again = false;

/** Least time between two looks at a file that grows, in ms, and how much of it at most goes into showing it. */
const leastPause = 300;
const idleLook = 2000;
const mostPart = 0.1;

/** Reads and shows; what comes in while that goes on is looked at afterwards. */
async function refresh(read: () => Promise<ReadTrace | undefined>): Promise<void> {
  if (working) {
    again = true;
    return;
  }
  working = true;
  const result = await read();
  const began = performance.now();
  if (result !== undefined) show(result);
  const cost = performance.now() - began;
  working = false;
  if (again) look(Math.max(leastPause, cost / mostPart));
  else if (file.running) look(Math.max(idleLook, cost / mostPart));
  again = false;
}

function look(ms: number): void {
  clearTimeout(next);
  next = setTimeout(() => void refresh(() => file.grow()), ms);
}

function show({ fileName, trace: read }: ReadTrace): void {
  for (const state of document.querySelectorAll("body > .state")) state.remove();
  // A run that has just begun has not written anything that can be read.
  if (!read.ok && file.running) return showState(waitingState());
  if (!read.ok) {
    host.report(read.failure.code, read.failure.message);
    return showState(failureState(read.failure, fileName, host, () => void refresh(() => file.read())));
  }
  const trace = read.value;
  if (trace.slices.count === 0) return showState(file.running ? waitingState() : emptyState(fileName, host));
  const before = shown;
  const store =
    before !== undefined && follower !== undefined
      ? before.store
      : new Store(restoreState(initialState(trace), host.readState(), trace.durationNs, trace.slices.count));
  if (before !== undefined) {
    before.app.dispose();
    follower?.grow(before.model.trace, trace);
  }
  if (file.running) follower ??= new Follower(store);
  else {
    follower?.dispose();
    follower = undefined;
  }
  const model = new TimelineModel(trace, fileName, follower?.pill);
  const app = new App(model, store, host, { preferCanvas: document.body.dataset.renderer === "canvas" });
  shown = { app, model, store };
  document.body.append(app.root);
  app.flush();
  performance.mark("tandem-timeline-drawn");
}

function showState(state: HTMLElement): void {
  shown?.app.dispose();
  shown = undefined;
  document.body.append(state);
}

host.onChanged(() => look(leastPause));
void refresh(() => file.read());
