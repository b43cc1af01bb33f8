import { toDisposable } from "../../src/base/disposable";
import { Channel, type Port } from "../../src/ui/messages/channel";
import { type KeptChat, grown, keptChat } from "../../src/ui/messages/keptChat";
import type { RunHost, RunPage, RunPanelState } from "../../src/ui/messages/run";
import { Composer } from "./composer";
import { element } from "./dom";
import { Header } from "./header";
import { Numbers } from "./numbers";
import "../shared/style.css";
import "./style.css";
import { Transcript } from "./transcript";

interface Editor {
  postMessage(message: unknown): void;
  setState(state: KeptChat): void;
}
declare function acquireVsCodeApi(): Editor;

const editor = acquireVsCodeApi();
const port: Port = {
  post: (message) => editor.postMessage(message),
  listen: (listener) => {
    const receive = (event: MessageEvent): void => listener(event.data);
    addEventListener("message", receive);
    return toDisposable(() => removeEventListener("message", receive));
  },
};

const channel = new Channel<RunPage, RunHost>(
  port,
  {},
  {
    state: (state) => update(state),
    tokens: (came) => {
      if (current === undefined) return;
      current = grown(current, came);
      editor.setState(keptChat(current));
      transcript.append(came.text, came.tokens, current.limit);
      numbers.append(came.rates, came.numbers, current);
    },
    focusPrompt: () => composer.focus(),
  },
);

let current: RunPanelState | undefined;
const header = new Header({
  pickModel: () => channel.emit("pickModel", null),
  pickDevice: () => channel.emit("pickDevice", null),
  act: (id) => channel.emit("act", id),
});
const transcript = new Transcript({ suggest: (prompt) => channel.emit("send", prompt) });
const numbers = new Numbers(() => channel.emit("openTimeline", null));
const composer = new Composer({
  send: (prompt) => channel.emit("send", prompt),
  stop: () => channel.emit("stop", null),
  set: (name, value) => channel.emit("set", { name, value }),
  openSettings: () => channel.emit("openSettings", null),
});

function update(state: RunPanelState): void {
  current = state;
  editor.setState(keptChat(state));
  header.update(state);
  transcript.update(state);
  numbers.update(state);
  composer.update(state);
}

document.body.append(element("div", "panel", header.root, transcript.root, numbers.root, composer.root));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && current !== undefined && current.phase !== "idle") channel.emit("stop", null);
});
void channel.request("ready", null).then((first) => {
  if (first.ok) update(first.value);
  composer.focus();
});
