import type { GroupBy } from "../../src/trace/range";
import { button, textField } from "../shared/controls";
import { element, icon } from "../shared/dom";
import { thousands } from "../shared/format";
import { groupTitles } from "./dock/sums";
import type { ColourMode, Store, ViewState } from "./state";

export interface ToolbarActions {
  search(query: string): void;
  nextMatch(step: 1 | -1): void;
  /** Escape in the search box. */
  leaveSearch(): void;
  zoom(closer: boolean): void;
  exportMenu(anchor: HTMLElement): void;
  showStrip(): void;
  /** Undefined where this run has no plan, or there is no editor. */
  tune: (() => void) | undefined;
}

/** Group by, colour by, search, zoom, export. */
export class Toolbar {
  readonly root: HTMLElement;
  private readonly search;
  private readonly hits = element("span", { className: "hits small muted", attrs: { "aria-live": "polite" } });
  private readonly marks: readonly ((state: ViewState) => void)[];

  constructor(
    store: Store,
    colours: readonly ColourMode[],
    groups: readonly GroupBy[],
    actions: ToolbarActions,
    tabs?: HTMLElement,
  ) {
    const colour = segment("Colour by", colours, colourNames, (value) => store.update({ colour: value }));
    const group = segment("Group sums by", groups, groupTitles, (value) => store.update({ group: value }));
    this.marks = [(state) => colour.press(state.colour), (state) => group.press(state.group)];
    this.search = textField({
      label: "Search slices",
      placeholder: "Search, e.g. ffn_down",
      value: store.state.query,
      onInput: (query) => actions.search(query),
    });
    const lens = icon("search");
    lens.slot = "start";
    this.search.append(lens);
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") actions.nextMatch(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") actions.leaveSearch();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.root = element(
      "div",
      { className: "toolbar", attrs: { role: "toolbar", "aria-label": "Timeline tools" } },
      tabs,
      groups.length > 1 && labelled("Group", group.root),
      colours.length > 1 && labelled("Colour", colour.root),
      element("span", { className: "grow" }),
      element("span", { className: "search" }, this.search, this.hits),
      element(
        "span",
        { className: "tools" },
        button({ label: "Zoom out (S)", appearance: "icon", icon: "zoom-out", onClick: () => actions.zoom(false) }),
        button({ label: "Zoom in (W)", appearance: "icon", icon: "zoom-in", onClick: () => actions.zoom(true) }),
        actions.tune !== undefined &&
          button({ label: "Tune… (U)", appearance: "icon", icon: "settings", onClick: actions.tune }),
        exportButton(actions),
        groups.length > 1 &&
          button({ label: "Layer strip", appearance: "icon", icon: "list-flat", onClick: () => actions.showStrip() }),
      ),
    );
    this.update(store.state, undefined);
  }

  update(state: ViewState, matches: { readonly count: number; readonly at: number } | undefined): void {
    for (const mark of this.marks) mark(state);
    if (this.search.value !== state.query) this.search.value = state.query;
    this.hits.textContent =
      matches === undefined
        ? ""
        : matches.count === 0
          ? "none"
          : matches.at < 0
            ? thousands(matches.count)
            : `${thousands(matches.at + 1)} of ${thousands(matches.count)}`;
  }

  focusSearch(): void {
    this.search.focus();
    this.search.shadowRoot?.querySelector("input")?.select();
  }
}

function labelled(label: string, control: HTMLElement): HTMLElement {
  return element("span", { className: "labelled" }, element("span", { className: "control-label" }, label), control);
}

const colourNames: Readonly<Record<ColourMode, string>> = {
  processor: "Processor",
  strategy: "Strategy",
  kind: "Op kind",
  layer: "Layer",
};

export interface SegmentControl<T> {
  readonly root: HTMLElement;
  press(value: T): void;
}

/** A row of choices of which one is pressed. */
export function segment<T extends string>(
  label: string,
  values: readonly T[],
  names: Readonly<Record<T, string>>,
  choose: (value: T) => void,
): SegmentControl<T> {
  const buttons = values.map((value) => element("button", { onclick: () => choose(value) }, names[value]));
  return {
    root: element("span", { className: "segment", attrs: { role: "group", "aria-label": label } }, ...buttons),
    press: (value) =>
      buttons.forEach((one, index) => one.setAttribute("aria-pressed", String(values[index] === value))),
  };
}

function exportButton(actions: ToolbarActions): HTMLElement {
  const made: HTMLElement = button({
    label: "Export",
    appearance: "icon",
    icon: "export",
    onClick: () => actions.exportMenu(made),
  });
  made.setAttribute("aria-haspopup", "menu");
  return made;
}
