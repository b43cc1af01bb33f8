import { type Disposable, DisposableStore, toDisposable } from "../../../src/base/disposable";
import { dropdown } from "../../shared/controls";
import { type Child, element } from "../../shared/dom";
import type { TimelineModel } from "../model";
import { type DockTab, type Store, type ViewState, dockTabs, groupings } from "../state";
import { accuracyTab } from "./accuracyTab";
import type { DockContext } from "./context";
import { gapsTab } from "./gapsTab";
import { ledgerTab } from "./ledgerTab";
import { pathTab } from "./pathTab";
import { rooflineTab } from "./rooflineTab";
import { groupTitles, sumsLine, sumsTable } from "./sums";

const names: Readonly<Record<Exclude<DockTab, "range">, string>> = {
  path: "Critical path",
  gaps: "Idle gaps",
  ledger: "Sync ledger",
  accuracy: "Predicted vs measured",
  roofline: "Roofline",
};

const contents: Readonly<Record<Exclude<DockTab, "range">, (context: DockContext) => readonly Child[]>> = {
  path: pathTab,
  gaps: gapsTab,
  ledger: ledgerTab,
  accuracy: accuracyTab,
  roofline: rooflineTab,
};

/** Below the tracks: sums and analyses of the range; without one, of what is seen. */
export class Dock implements Disposable {
  readonly root = element("section", { className: "dock", tabIndex: -1, attrs: { "aria-label": "Sums and analyses" } });
  private readonly owned = new DisposableStore();
  private readonly title = element("div", { className: "dock-title" });
  private readonly body = element("div", { className: "dock-table", tabIndex: 0, attrs: { role: "tabpanel" } });
  private readonly by;
  private preparing: ReturnType<typeof setTimeout> | undefined;
  private shown = "";

  constructor(
    private readonly model: TimelineModel,
    private readonly store: Store,
    private readonly select: (slice: number) => void,
  ) {
    this.by = dropdown({
      label: "Sum by",
      values: groupings.map((value) => ({ value, text: groupTitles[value] })),
      selected: store.state.group,
      onChange: (value) => {
        const group = groupings.find((known) => known === value);
        if (group !== undefined) store.update({ group });
      },
    });
    const { tracks } = model.trace;
    this.root.classList.toggle(
      "hidden",
      !tracks.some(({ kind }) => kind === "gpu" || kind === "npu" || kind === "cpu"),
    );
    this.root.append(this.title, this.body);
    this.title.addEventListener("keydown", (event) => this.press(event));
    this.owned.add(toDisposable(() => clearTimeout(this.preparing)));
  }

  dispose(): void {
    this.owned.dispose();
  }

  /** Fills it for the state; the first time in between frames, since what every slice carries is read for it. */
  update(): void {
    this.root.classList.toggle("collapsed", !this.store.state.dock);
    if (this.model.hasWork) {
      this.fill();
      return;
    }
    if (this.preparing !== undefined) return;
    this.title.replaceChildren(element("span", { className: "muted" }, "Adding up…"));
    this.preparing = setTimeout(() => this.owned.add(this.model.prepareWork(() => this.fill())), 0);
  }

  private fill(): void {
    const { state } = this.store;
    const { trace } = this.model;
    const from = state.range?.from ?? Math.max(0, state.start);
    const to = state.range?.to ?? Math.min(trace.durationNs, state.end);
    if (to <= from) return;
    const key = [from, to, state.range?.label, state.group, state.dockTab, state.dock].join(" ");
    if (key === this.shown) return;
    this.shown = key;
    this.root.classList.toggle("collapsed", !state.dock);
    const lost = this.model.lost();
    const sums = {
      sum: this.model.sum(from, to, state.group),
      label: state.range === undefined ? "view" : state.range.label === "" ? "range" : state.range.label,
      modeled: this.model.modeled,
      lost: lost !== undefined && lost.from < to && lost.to > from,
      by: this.by,
    };
    const hadFocus = this.title.contains(document.activeElement);
    this.title.replaceChildren(...this.titleParts(state), sumsLine(sums));
    if (hadFocus) this.title.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
    if (!state.dock) return;
    const { dockTab } = state;
    this.body.setAttribute("aria-label", dockTab === "range" ? rangeTitle(state) : names[dockTab]);
    const context: DockContext = { model: this.model, from, to, label: sums.label, select: this.select };
    const content = dockTab === "range" ? [sumsTable(sums)] : contents[dockTab](context);
    this.body.replaceChildren(...content.filter((part) => part !== false && part !== undefined));
  }

  private titleParts(state: ViewState): HTMLElement[] {
    const toggle = element("button", {
      className: `dock-toggle codicon codicon-chevron-${state.dock ? "down" : "right"}`,
      title: "Sums and analyses (B)",
      attrs: { "aria-expanded": String(state.dock), "aria-label": "Sums and analyses" },
      onclick: () => this.store.update({ dock: !this.store.state.dock }),
    });
    const tabs = dockTabs.map((tab) => {
      const selected = tab === state.dockTab;
      return element(
        "button",
        {
          className: "dock-tab",
          tabIndex: selected ? 0 : -1,
          attrs: { role: "tab", "aria-selected": String(selected), "data-tab": tab },
          onclick: () => this.store.update({ dockTab: tab, dock: true }),
        },
        tab === "range" ? rangeTitle(state) : names[tab],
      );
    });
    this.by.value = state.group;
    return [
      toggle,
      element(
        "div",
        { className: "dock-tabs", attrs: { role: "tablist", "aria-label": "Sums and analyses" } },
        ...tabs,
      ),
      ...(state.range === undefined
        ? []
        : [
            element(
              "button",
              { className: "link small", onclick: () => this.store.update({ range: undefined }) },
              "Clear range",
            ),
          ]),
      element("span", { className: "grow" }),
    ];
  }

  private press(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || !(event.target instanceof HTMLElement) || event.target.role !== "tab") return;
    const at = dockTabs.indexOf(this.store.state.dockTab);
    const dockTab = dockTabs[(at + step + dockTabs.length) % dockTabs.length];
    if (dockTab !== undefined) this.store.update({ dockTab });
    event.preventDefault();
    event.stopPropagation();
  }
}

function rangeTitle({ range }: ViewState): string {
  return range === undefined ? "In view" : `Range${range.label === "" ? "" : `: ${range.label}`}`;
}
