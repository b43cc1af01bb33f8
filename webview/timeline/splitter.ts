import { element } from "../shared/dom";

export interface SplitterOptions {
  readonly label: string;
  /** What is sized: the height of the part below, or the width of the part on the right or left. In px. */
  readonly sizes: "height" | "width" | "width-before";
  readonly least: number;
  /** Room in px that the other part keeps. */
  readonly keeps: number;
  readonly standard: number;
  readonly read: () => number;
  readonly write: (size: number) => void;
}

const keyStep = 16;

/** An edge that is dragged, or moved with the arrow keys; Home and End go to its ends, a double click to the standard. */
export function splitter(options: SplitterOptions): HTMLElement {
  const { label, sizes, least, keeps, standard } = options;
  const upright = sizes !== "height";
  const sign = sizes === "width-before" ? -1 : 1;
  const bar = element("div", {
    className: `splitter ${upright ? "is-upright" : "is-level"}`,
    tabIndex: 0,
    attrs: {
      role: "separator",
      "aria-orientation": upright ? "vertical" : "horizontal",
      "aria-label": label,
      "aria-valuemin": String(least),
      "aria-valuenow": String(options.read()),
    },
  });
  const most = (): number => {
    const around = bar.parentElement;
    const room = (upright ? around?.clientWidth : around?.clientHeight) ?? 0;
    return Math.max(least, room - keeps);
  };
  const describe = (): void => {
    bar.setAttribute("aria-valuemin", String(least));
    bar.setAttribute("aria-valuemax", String(most()));
    bar.setAttribute("aria-valuenow", String(options.read()));
  };
  const size = (wanted: number): void => {
    options.write(Math.round(Math.min(Math.max(wanted, least), most())));
    describe();
  };
  const place = (event: PointerEvent): number => (upright ? event.clientX : event.clientY);
  let drag: { readonly from: number; readonly size: number } | undefined;
  bar.addEventListener("focus", describe);
  bar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    bar.setPointerCapture(event.pointerId);
    // What is seen: a small window may show less than what was chosen.
    drag = { from: place(event), size: Math.min(options.read(), most()) };
  });
  bar.addEventListener("pointermove", (event) => {
    if (drag !== undefined) size(drag.size + sign * (drag.from - place(event)));
  });
  bar.addEventListener("lostpointercapture", () => (drag = undefined));
  bar.addEventListener("dblclick", () => size(standard));
  bar.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = sizeByKey(event.key, upright, sign * keyStep, Math.min(options.read(), most()), least, most());
    if (wanted === undefined) return;
    event.preventDefault();
    size(wanted);
  });
  return bar;
}

function sizeByKey(
  key: string,
  upright: boolean,
  step: number,
  now: number,
  least: number,
  most: number,
): number | undefined {
  if (key === (upright ? "ArrowLeft" : "ArrowUp")) return now + step;
  if (key === (upright ? "ArrowRight" : "ArrowDown")) return now - step;
  if (key === "Home") return least;
  return key === "End" ? most : undefined;
}
