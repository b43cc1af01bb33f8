import { type Rgba, type Theme, type ThemeColor, cssColor } from "../shared/theme";

export interface TextStyle {
  readonly color?: string;
  readonly weight?: 400 | 600;
  readonly align?: "left" | "right" | "center";
  readonly size?: number;
}

/** Text, lines and boxes in the theme's colours, on the canvas in front. */
export class Pen {
  private readonly widths = new Map<string, number>();
  private readonly colors = new Map<ThemeColor, string>();

  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly theme: Theme,
  ) {}

  color(name: ThemeColor): string {
    let css = this.colors.get(name);
    if (css === undefined) this.colors.set(name, (css = this.theme.css(name)));
    return css;
  }

  /** A colour with another opacity. */
  faded(name: ThemeColor, alpha: number): string {
    const [r, g, b] = this.theme.color(name);
    return cssColor([r, g, b, alpha]);
  }

  css(color: Rgba): string {
    return cssColor(color);
  }

  box(x: number, y: number, width: number, height: number, color: string): void {
    this.context.fillStyle = color;
    this.context.fillRect(x, y, width, height);
  }

  frame(x: number, y: number, width: number, height: number, color: string, lineWidth = 1): void {
    this.context.strokeStyle = color;
    this.context.lineWidth = lineWidth;
    this.context.strokeRect(x, y, width, height);
  }

  /** @param y the text's middle. */
  text(text: string, x: number, y: number, style: TextStyle = {}): void {
    const { context } = this;
    context.font = this.font(style);
    context.fillStyle = style.color ?? this.color("text");
    context.textAlign = style.align ?? "left";
    context.textBaseline = "middle";
    context.fillText(text, x, y);
  }

  width(text: string, style: TextStyle = {}): number {
    const font = this.font(style);
    const key = font + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.context.font = font;
      width = this.context.measureText(text).width;
      if (this.widths.size > 5000) this.widths.clear();
      this.widths.set(key, width);
    }
    return width;
  }

  /** The text, cut with … where it does not fit; empty where not even four letters do. */
  fit(text: string, width: number, style: TextStyle = {}): string {
    if (this.width(text, style) <= width) return text;
    for (let length = text.length - 1; length >= 4; length--) {
      const cut = `${text.slice(0, length)}…`;
      if (this.width(cut, style) <= width) return cut;
    }
    return "";
  }

  private font(style: TextStyle): string {
    return `${style.weight ?? 400} ${style.size ?? 11}px ${this.theme.fontFamily}`;
  }
}
