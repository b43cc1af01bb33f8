import { button } from "../shared/controls";
import { element } from "../shared/dom";
import { keys } from "./keyboard";

/** All keys, in the browser's own dialog: it keeps the focus inside and closes with Escape. */
export function showKeysDialog(): void {
  const dialog = element("dialog", { className: "keys-dialog", attrs: { "aria-label": "Keys of the timeline" } });
  const rows = keys.map(([pressed, what]) =>
    element(
      "tr",
      {},
      element(
        "td",
        {},
        ...pressed.split(/( |, )/).map((part) => (/^(?: |, |or)$/.test(part) ? part : element("kbd", {}, part))),
      ),
      element("td", {}, what),
    ),
  );
  dialog.append(
    element("h1", {}, "Keys"),
    element("table", {}, element("tbody", {}, ...rows)),
    button({ label: "Close", appearance: "secondary", onClick: () => dialog.close() }),
  );
  // Keys pressed here are not for the timeline behind.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
