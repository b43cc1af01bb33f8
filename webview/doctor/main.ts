import "../shared/style.css";
import "./style.css";
import { render } from "lit";
import { toDisposable } from "../../src/base/disposable";
import { Channel, type Port } from "../../src/ui/messages/channel";
import type { DoctorHost, DoctorPage } from "../../src/ui/messages/doctor";
import { registerControls } from "../shared/controls";
import { reportText, view } from "./view";

interface Editor {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): Editor;

registerControls();
const editor = acquireVsCodeApi();
const port: Port = {
  post: (message) => editor.postMessage(message),
  listen: (listener) => {
    const receive = (event: MessageEvent<unknown>): void => listener(event.data);
    window.addEventListener("message", receive);
    return toDisposable(() => window.removeEventListener("message", receive));
  },
};
const channel = new Channel<DoctorPage, DoctorHost>(port, {}, { state: (state) => show(state) });

function show(state: DoctorPage["events"]["state"]): void {
  render(
    view(state, {
      again: () => channel.emit("checkAgain", null),
      copy: (report) => channel.emit("copy", { text: reportText(report) }),
      fix: (fix) => channel.emit("fix", fix),
    }),
    document.body,
  );
}

void channel.request("ready", null).then((first) => {
  if (first.ok) show(first.value);
});
