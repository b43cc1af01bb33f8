import { type WorkGroup, workGroup } from "../../src/trace/groups";
import type { Trace, TrackKind } from "../../src/trace/trace";
import { strategies, type Work } from "../../src/trace/work";
import { type Rgba, type Theme, type ThemeColor, labelOn } from "../shared/theme";
import type { ColourMode } from "./state";

/** Colours of slices by index; shaders and labels use the same numbers. */
export const paletteColors = [
  "tandem-gpu",
  "tandem-npu",
  "tandem-cpu",
  "tandem-sync",
  "tandem-pad",
  "tandem-weight",
  "tandem-activation",
  "tandem-hybrid",
  "tandem-good",
  "idle",
] as const satisfies readonly ThemeColor[];

/** Patterns carry the strategy where colours cannot: seen in grey, by any eye. */
export const Pattern = { plain: 0, upright: 1, level: 2, grid: 3, dots: 4, hatch: 5 } as const;

/** A slice's look: palette index, pattern in the bits from 8. */
export type Style = number;

const style = (color: (typeof paletteColors)[number], pattern: number = Pattern.plain): Style =>
  paletteColors.indexOf(color) | (pattern << 8);

export const paletteIndex = (of: Style): number => of & 0xff;
export const patternOf = (of: Style): number => of >> 8;

export const syncStyle = style("tandem-sync", Pattern.hatch);

const byProcessor: Readonly<Partial<Record<TrackKind, Style>>> = {
  gpu: style("tandem-gpu"),
  npu: style("tandem-npu"),
  cpu: style("tandem-cpu"),
};

export const strategyStyles: Readonly<Record<string, Style>> = {
  cpu: style("tandem-cpu"),
  gpu: style("tandem-gpu"),
  npu: style("tandem-npu"),
  pad: style("tandem-pad", Pattern.dots),
  weight: style("tandem-weight", Pattern.upright),
  activation: style("tandem-activation", Pattern.level),
  hybrid: style("tandem-hybrid", Pattern.grid),
};

export const groupStyles: Readonly<Record<WorkGroup, Style>> = {
  Embedding: style("tandem-good", Pattern.level),
  "Attention projections": style("tandem-weight"),
  "Attention core, RoPE, KV": style("tandem-activation"),
  "FFN gate, up": style("tandem-npu"),
  "FFN down": style("tandem-hybrid"),
  "Norms, activation, add": style("tandem-cpu"),
  Output: style("tandem-gpu"),
  Sampling: style("tandem-pad"),
  Other: style("idle"),
};

const oddLayer = style("tandem-gpu");
const evenLayer = style("tandem-cpu");
const noLayer = style("idle");

/** Colours for traces that are not ours: by name, the same name always alike. */
const foreignStyles = [
  "tandem-gpu",
  "tandem-activation",
  "tandem-weight",
  "tandem-npu",
  "tandem-hybrid",
  "tandem-pad",
] as const;

/** Gives a slice's style by track kind and name. `work` is needed for strategies only. */
export class Colouring {
  private readonly byName: Uint16Array;
  private readonly foreign: Uint16Array;

  constructor(
    private readonly trace: Trace,
    readonly mode: ColourMode,
    private readonly work: Work | undefined,
  ) {
    this.byName = Uint16Array.from(trace.names, (name) => {
      if (mode === "layer") return name.layer < 0 ? noLayer : name.layer % 2 === 1 ? oddLayer : evenLayer;
      return groupStyles[workGroup(name)];
    });
    this.foreign = Uint16Array.from(trace.names, ({ text }) =>
      style(foreignStyles[hash(text) % foreignStyles.length] ?? "idle"),
    );
  }

  styleOf(slice: number, kind: TrackKind): Style {
    if (kind === "joins") return syncStyle;
    const name = this.trace.slices.name[slice] as number;
    if (kind === "other") return this.foreign[name] as number;
    // Control slices of the CPU are no ops, in whatever way ops are coloured.
    if (kind === "cpu" && this.trace.names[name]?.kind === "") return style("tandem-cpu");
    switch (this.mode) {
      case "processor":
        return byProcessor[kind] ?? style("idle");
      case "strategy":
        return strategyStyles[strategies[this.work?.strategy[slice] ?? 0] ?? ""] ?? style("idle");
      case "kind":
      case "layer":
        return this.byName[name] as number;
    }
  }
}

function hash(text: string): number {
  let value = 7;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0;
  return value;
}

export interface Palette {
  readonly fills: readonly Rgba[];
  /** White or near-black for text on each fill. */
  readonly labels: readonly Rgba[];
  /** Around slices in high contrast. */
  readonly outline: Rgba;
}

export function readPalette(theme: Theme): Palette {
  const fills = paletteColors.map((name) => theme.color(name));
  const background = theme.color("background");
  const labels = fills.map(([r, g, b, a]) => {
    const over = (x: number, y: number): number => x * a + y * (1 - a);
    return labelOn([over(r, background[0]), over(g, background[1]), over(b, background[2]), 1]);
  });
  return { fills, labels, outline: theme.color("text") };
}
