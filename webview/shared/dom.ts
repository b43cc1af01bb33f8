export interface Props {
  readonly className?: string;
  readonly id?: string;
  readonly title?: string;
  readonly tabIndex?: number;
  readonly onclick?: (event: MouseEvent) => void;
  /** Everything else, e.g. `role` and `aria-label`. */
  readonly attrs?: Readonly<Record<string, string>>;
  /** CSS properties by their CSS names. */
  readonly style?: Readonly<Record<string, string>>;
}

export type Child = Node | string | false | undefined;

/** Makes an element; `false` and `undefined` children are left out, so conditions can stand among them. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  const { attrs, style, ...rest } = props;
  Object.assign(made, rest);
  for (const [name, value] of Object.entries(attrs ?? {})) made.setAttribute(name, value);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  made.append(...children.filter((child) => child !== false && child !== undefined));
  return made;
}

const svgNamespace = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attrs: Readonly<Record<string, string | number>>,
  ...children: readonly Node[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export function icon(name: string): HTMLElement {
  return element("span", { className: `codicon codicon-${name}`, attrs: { "aria-hidden": "true" } });
}
