import { toDisposable } from "../../src/base/disposable";
import { Channel, type Port } from "../../src/ui/messages/channel";
import type { TuneHost, TunePage } from "../../src/ui/messages/tune";
import { registerControls } from "../shared/controls";
import "../shared/style.css";
import "./settings.css";
import "./tune.css";
import { TuneApp } from "./tuneApp";

interface Editor {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): Editor;

registerControls();
const editor = acquireVsCodeApi();
const port: Port = {
  post: (message) => editor.postMessage(message),
  listen: (listener) => {
    const receive = (event: MessageEvent): void => listener(event.data);
    addEventListener("message", receive);
    return toDisposable(() => removeEventListener("message", receive));
  },
};
const app = new TuneApp();
const channel = new Channel<TunePage, TuneHost>(
  port,
  {},
  {
    state: (state) => app.show(state),
    progress: ({ task, progress }) => app.tasks.progress(task, progress),
    ab: (state) => app.tasks.partialAb(state),
    autotune: (outcome) => app.tasks.partialAutotune(outcome),
  },
  { timeoutMs: 0 },
);
document.body.append(app);
void app.connect(channel);
