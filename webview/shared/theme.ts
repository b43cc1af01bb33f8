import { type Disposable, toDisposable } from "../../src/base/disposable";

/** Red, green, blue and alpha, each 0 to 1. */
export type Rgba = readonly [number, number, number, number];

export type ThemeKind = "dark" | "light" | "hc" | "hcl";

/** Colours of the page, read from the custom properties of `style.css`; they follow the editor's theme. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly highContrast: boolean;
  readonly fontFamily: string;
  /** A colour of `style.css` by its name without `--`, e.g. `tandem-gpu`, as opaque as it is given. */
  color(name: ThemeColor): Rgba;
  css(name: ThemeColor): string;
}

const themeColors = [
  "tandem-gpu",
  "tandem-npu",
  "tandem-cpu",
  "tandem-sync",
  "tandem-pad",
  "tandem-weight",
  "tandem-activation",
  "tandem-hybrid",
  "tandem-warn",
  "tandem-bad",
  "tandem-good",
  "text",
  "background",
  "hair",
  "grid",
  "track",
  "range",
  "idle",
  "focus",
  "selected",
  "selected-text",
] as const;

export type ThemeColor = (typeof themeColors)[number] | "muted";

export function readTheme(body: HTMLElement = document.body): Theme {
  const style = getComputedStyle(body);
  const kind = themeKind(body);
  const highContrast = kind === "hc" || kind === "hcl";
  const colors = new Map<ThemeColor, Rgba>();
  for (const name of themeColors) colors.set(name, parseColor(style.getPropertyValue(`--${name}`).trim()));
  const opaque = (name: ThemeColor): Rgba => colors.get(name) ?? transparent;
  colors.set("muted", highContrast ? opaque("text") : mix(opaque("text"), opaque("background"), 0.75));
  return {
    kind,
    highContrast,
    fontFamily: style.fontFamily,
    color: opaque,
    css: (name) => cssColor(opaque(name)),
  };
}

/** Calls back after the editor changed its theme. */
export function onThemeChange(listener: () => void): Disposable {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class", "data-theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  return toDisposable(() => observer.disconnect());
}

const transparent: Rgba = [0, 0, 0, 0];

function themeKind(body: HTMLElement): ThemeKind {
  if (body.classList.contains("vscode-high-contrast-light")) return "hcl";
  if (body.classList.contains("vscode-high-contrast")) return "hc";
  return body.classList.contains("vscode-light") ? "light" : "dark";
}

/** Reads `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()` and `rgba()`, which are all that the editor writes. */
export function parseColor(text: string): Rgba {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text)?.[1];
  if (hex !== undefined) {
    const long = hex.length < 6 ? hex.replace(/./g, "$&$&") : hex;
    const part = (at: number): number => parseInt(long.slice(at, at + 2), 16) / 255;
    return [part(0), part(2), part(4), long.length >= 8 ? part(6) : 1];
  }
  const parts = /^rgba?\(([^)]*)\)$/i
    .exec(text)?.[1]
    ?.split(/[\s,/]+/)
    .filter((part) => part !== "");
  if (parts === undefined || parts.length < 3) return transparent;
  const value = (at: number): number => {
    const part = parts[at] ?? "1";
    return part.endsWith("%") ? parseFloat(part) / 100 : parseFloat(part) / (at < 3 ? 255 : 1);
  };
  return [value(0), value(1), value(2), parts.length > 3 ? value(3) : 1];
}

export function cssColor([r, g, b, a]: Rgba): string {
  const byte = (x: number): number => Math.round(x * 255);
  return `rgba(${String(byte(r))}, ${String(byte(g))}, ${String(byte(b))}, ${String(a)})`;
}

/** `share` of a over b. */
export function mix(a: Rgba, b: Rgba, share: number): Rgba {
  const part = (x: number, y: number): number => x * share + y * (1 - share);
  return [part(a[0], b[0]), part(a[1], b[1]), part(a[2], b[2]), 1];
}

/** WCAG contrast ratio of two opaque colours, 1 to 21. */
export function contrast(a: Rgba, b: Rgba): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const labelLight: Rgba = [1, 1, 1, 1];
const labelDark: Rgba = [16 / 255, 20 / 255, 24 / 255, 1];

/** White or near-black, whichever reads better on the fill. */
export function labelOn(fill: Rgba): Rgba {
  return contrast(fill, labelLight) >= contrast(fill, labelDark) ? labelLight : labelDark;
}

function luminance([r, g, b]: Rgba): number {
  const linear = (x: number): number => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
