import type { Notice, NoticeAction, RunPanelState } from "../../src/ui/messages/run";
import { button } from "../shared/controls";
import { codicon, element, show, textButton } from "./dom";

export interface HeaderActions {
  pickModel(): void;
  pickDevice(): void;
  act(id: NoticeAction): void;
}

/** What runs where, and below it the one sentence that matters where something is wrong. */
export class Header {
  readonly root = element("header");
  private readonly model: HTMLButtonElement;
  private readonly device: HTMLButtonElement;
  private readonly ran = element("span", "ran");
  private readonly notices = element("div");

  constructor(private readonly actions: HeaderActions) {
    this.model = textButton("pick strong", "", () => actions.pickModel());
    this.device = textButton("pick", "", () => actions.pickDevice());
    this.model.title = "Choose another model";
    this.device.title = "Choose another device";
    this.notices.setAttribute("role", "status");
    const title = element("div", "title", this.model, element("span", "muted", "on"), this.device);
    this.root.append(element("div", "bar-top", title, this.ran), this.notices);
  }

  update(state: RunPanelState): void {
    const working = state.phase !== "idle";
    const type = state.model?.type;
    this.model.replaceChildren(state.model?.name ?? "Choose a model", codicon("chevron-down"));
    if (type !== null && type !== undefined)
      this.model.insertBefore(element("span", "type", type), this.model.lastChild);
    this.device.replaceChildren(state.device?.name ?? "choose a device", codicon("chevron-down"));
    this.model.disabled = working;
    this.device.disabled = working;
    const ranOn = state.numbers?.ranOn ?? null;
    show(this.ran, ranOn !== null);
    this.ran.replaceChildren(element("span", "muted", ranOn ?? ""), element("span", "badge", "Measured"));
    const notes = state.notes.map((sentence) => this.row({ level: "info", sentence, code: null, action: null }));
    this.notices.replaceChildren(...(state.notice === null ? [] : [this.row(state.notice)]), ...notes);
  }

  private row(notice: Omit<Notice, "level"> & { level: Notice["level"] | "info" }): HTMLElement {
    const words = element("div", "grow", element("div", "", ...emphasised(notice)));
    if (notice.code !== null) words.append(element("div", "mono muted code", notice.code));
    const icon = codicon(notice.level);
    const { action } = notice;
    const row = element("div", `notice ${notice.level}`, icon, words);
    if (action !== null) {
      const act = (): void => this.actions.act(action.id);
      row.append(button({ label: action.label, onClick: act }));
    }
    return row;
  }
}

/** What happened stands out; what to do follows in plain weight. */
function emphasised(notice: { readonly level: string; readonly sentence: string }): (HTMLElement | string)[] {
  const at = notice.sentence.search(/: |\. /);
  if (notice.level === "info" || at < 0) return [notice.sentence];
  return [element("strong", "", notice.sentence.slice(0, at + 1)), notice.sentence.slice(at + 1)];
}
