import { element as make } from "../shared/dom";

export { icon as codicon } from "../shared/dom";

/** An element of a class. Text goes in as text, never as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return make(tag, className === "" ? {} : { className }, ...children);
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
