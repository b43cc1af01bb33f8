import { workGroups } from "../../src/trace/groups";
import type { Trace } from "../../src/trace/trace";
import { element } from "../shared/dom";
import { groupStyles, paletteColors, paletteIndex, patternOf, strategyStyles, Pattern, type Style } from "./colours";
import type { ColourMode } from "./state";

/** What the colours mean, for those that occur. */
export function legendItems(
  trace: Trace,
  mode: ColourMode,
  strategies: readonly string[],
  groups: ReadonlySet<string>,
): HTMLElement[] {
  const has = (kind: string): boolean => trace.tracks.some((track) => track.kind === kind);
  const items: HTMLElement[] = [];
  switch (mode) {
    case "processor":
      for (const kind of ["gpu", "npu", "cpu"] as const) {
        if (has(kind)) items.push(legendItem(kind.toUpperCase(), swatch(`var(--tandem-${kind})`)));
      }
      break;
    case "strategy":
      for (const strategy of strategies) {
        const style = strategyStyles[strategy];
        if (style !== undefined) items.push(legendItem(strategy, styleSwatch(style)));
      }
      break;
    case "kind":
      for (const group of workGroups) {
        if (groups.has(group)) items.push(legendItem(group, styleSwatch(groupStyles[group])));
      }
      break;
    case "layer":
      items.push(
        legendItem("odd layers", swatch("var(--tandem-gpu)")),
        legendItem("even layers", swatch("var(--tandem-cpu)")),
      );
  }
  if (has("joins")) items.push(legendItem("sync wait", element("i", { className: "swatch hatch" })));
  return items;
}

export function legendItem(label: string, mark: HTMLElement): HTMLElement {
  return element("span", {}, mark, label);
}

export function swatch(color: string): HTMLElement {
  return element("i", { className: "swatch", style: { background: color } });
}

export function styleSwatch(style: Style): HTMLElement {
  const mark = swatch(`var(--${paletteColors[paletteIndex(style)] ?? "idle"})`);
  const line = "color-mix(in srgb, var(--background) 55%, transparent)";
  const images: Readonly<Record<number, string>> = {
    [Pattern.upright]: `repeating-linear-gradient(90deg, transparent 0 2px, ${line} 2px 3.5px)`,
    [Pattern.level]: `repeating-linear-gradient(0deg, transparent 0 2px, ${line} 2px 3.5px)`,
    [Pattern.grid]: `repeating-linear-gradient(0deg, transparent 0 2px, ${line} 2px 3.5px), repeating-linear-gradient(90deg, transparent 0 2px, ${line} 2px 3.5px)`,
    [Pattern.dots]: `radial-gradient(${line} 28%, transparent 32%)`,
  };
  const image = images[patternOf(style)];
  if (image !== undefined) {
    mark.style.backgroundImage = image;
    if (patternOf(style) === Pattern.dots) mark.style.backgroundSize = "4px 4px";
  }
  return mark;
}
