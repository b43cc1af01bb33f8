import { element } from "../shared/dom";

export interface MenuItem {
  readonly label: string;
  readonly note?: string;
  run(): void;
}

/** A menu below a button: arrows move, Enter chooses, Escape or a click elsewhere closes. */
export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const close = (): void => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    anchor.focus();
  };
  const outside = (event: Event): void => {
    if (event.target instanceof Node && menu.contains(event.target)) return;
    close();
  };
  const buttons = items.map((item) =>
    element(
      "button",
      {
        attrs: { role: "menuitem" },
        onclick: () => {
          close();
          item.run();
        },
      },
      item.label,
      item.note !== undefined && element("span", { className: "muted" }, item.note),
    ),
  );
  const menu = element("div", { className: "menu", attrs: { role: "menu", "aria-label": label } }, ...buttons);
  menu.addEventListener("keydown", (event) => {
    const at = buttons.findIndex((button) => button === document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (step !== 0) buttons[(at + step + buttons.length) % buttons.length]?.focus();
    else if (event.key === "Home") buttons[0]?.focus();
    else if (event.key === "End") buttons[buttons.length - 1]?.focus();
    else {
      // Enter and space press the item; every other key stays out of the timeline while the menu is open.
      event.stopPropagation();
      return;
    }
    event.stopPropagation();
    event.preventDefault();
  });
  document.body.append(menu);
  const place = anchor.getBoundingClientRect();
  const left = Math.min(place.left, window.innerWidth - menu.offsetWidth - 8);
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${Math.min(place.bottom + 4, window.innerHeight - menu.offsetHeight - 8)}px`;
  document.addEventListener("pointerdown", outside, true);
  buttons[0]?.focus();
}
