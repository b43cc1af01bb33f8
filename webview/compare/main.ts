import "../shared/style.css";
import "../timeline/strip.css";
import "../timeline/timeline.css";
import "./style.css";
import { toDisposable } from "../../src/base/disposable";
import type { Failure, Result } from "../../src/base/result";
import { success } from "../../src/base/result";
import { decodeTrace } from "../../src/trace/decode";
import { Channel, type Port } from "../../src/ui/messages/channel";
import type { CompareHost, ComparePage, Side } from "../../src/ui/messages/compare";
import { registerControls } from "../shared/controls";
import { CompareApp, failureView, loadingView } from "./app";
import { CompareModel, type Run, runOf } from "./model";

registerControls();
const editor = globalThis.acquireVsCodeApi?.();
const port: Port = {
  post: (message) => editor?.postMessage(message),
  listen: (listener) => {
    const own = (event: MessageEvent<unknown>): void => listener(event.data);
    window.addEventListener("message", own);
    return toDisposable(() => window.removeEventListener("message", own));
  },
};
const channel = new Channel<ComparePage, CompareHost>(port, {}, { changed: () => void open() }, { timeoutMs: 0 });
let app: CompareApp | undefined;

async function open(): Promise<void> {
  if (app === undefined) loadingView(document.body);
  const a = await load("a");
  const b = a.ok ? await load("b") : a;
  app?.dispose();
  app = undefined;
  if (!a.ok) {
    fail(a.failure);
    return;
  }
  if (!b.ok) {
    fail(b.failure);
    return;
  }
  app = new CompareApp(document.body, new CompareModel(a.value, b.value), editor?.getState(), {
    save: (state) => editor?.setState(state),
    swapped: () => channel.emit("swapped", null),
    open: (run) => channel.emit("openTimeline", { run }),
    copy: (text) => void channel.request("copy", { text }),
  });
}

function fail(failure: Failure): void {
  channel.emit("problem", { code: failure.code, message: failure.message });
  failureView(document.body, failure, () => void open());
}

async function load(run: Side): Promise<Result<Run>> {
  const source = await channel.request("load", { run });
  if (!source.ok) return source;
  const { bytes = new Uint8Array(), fileName } = source.value;
  const trace = decodeTrace(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), fileName);
  return trace.ok ? success(runOf(trace.value, fileName)) : trace;
}

void open();
