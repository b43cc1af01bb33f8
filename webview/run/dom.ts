// The little of the DOM that the panel builds by hand. Text goes in as text, never as markup.

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

export function codicon(name: string): HTMLElement {
  const icon = element("span", `codicon codicon-${name}`);
  icon.setAttribute("aria-hidden", "true");
  return icon;
}

/** A button that looks like text. */
export function textButton(className: string, label: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

export function show(node: HTMLElement, visible: boolean): void {
  node.classList.toggle("hidden", !visible);
}
