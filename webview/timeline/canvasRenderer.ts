import { type Rgba, cssColor } from "../shared/theme";
import { type Palette, Pattern, paletteIndex, patternOf } from "./colours";
import { type Frame, type Instances, type Renderer, denseBit, modeledAlpha } from "./renderer";

/** The same picture without WebGL2: one fill per slice. Marks are merged per pixel before, so there are few. */
export class CanvasRenderer implements Renderer {
  readonly name = "Canvas 2D";
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette | undefined;
  private fills: string[] = [];
  private weakFills: string[] = [];
  private marks: string[] = [];
  private instances: Instances | undefined;
  private ratio = 1;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("This browser has no canvas.");
    this.context = context;
  }

  resize(width: number, height: number, ratio: number): void {
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    const faded = ([r, g, b, a]: Rgba, part: number): string => cssColor([r, g, b, a * part]);
    this.fills = palette.fills.map(cssColor);
    this.weakFills = palette.fills.map((fill) => faded(fill, modeledAlpha));
    this.marks = palette.labels.map((label) => faded(label, 0.38));
  }

  setInstances(instances: Instances): void {
    this.instances = instances;
  }

  draw(frame: Frame): void {
    const { context, instances, palette, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (instances === undefined || palette === undefined) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    const offset = (instances.base - frame.start) * frame.scale;
    const snap = (x: number): number => Math.round(x * ratio) / ratio;
    for (let i = 0; i < instances.count; i++) {
      let left = offset + (instances.spans[2 * i] as number) * frame.scale;
      let right = offset + (instances.spans[2 * i + 1] as number) * frame.scale;
      if (right < 0 || left > frame.width) continue;
      const style = instances.ids[2 * i + 1] as number;
      const dense = (style & denseBit) !== 0;
      if (!dense && right - left > 4) right -= 0.75;
      left = snap(frame.left + Math.max(left, -16));
      const least = dense ? 1 / ratio : patternOf(style & 0xffff) === Pattern.hatch ? 1.5 : 1;
      const width = Math.max(least, snap(frame.left + Math.min(right, frame.width + 16)) - left);
      const top = snap(frame.top - frame.scroll + (instances.boxes[2 * i] as number));
      const height = Math.max(1, snap(instances.boxes[2 * i + 1] as number));
      this.rectangle(frame, style, dense, left, top, width, height, instances.ids[2 * i] === frame.hovered);
    }
    context.restore();
  }

  dispose(): void {
    this.instances = undefined;
  }

  private rectangle(
    frame: Frame,
    style: number,
    dense: boolean,
    left: number,
    top: number,
    width: number,
    height: number,
    hovered: boolean,
  ): void {
    const { context } = this;
    const index = paletteIndex(style);
    const pattern = patternOf(style & 0xffff);
    const wide = width > 3 && height > 3;
    const fill = this.fills[index] ?? "";
    if (pattern === Pattern.hatch && wide && !dense) {
      this.stripes(fill, left, top, width, height);
      return;
    }
    context.fillStyle = frame.modeled ? (this.weakFills[index] ?? "") : fill;
    context.fillRect(left, top, width, height);
    if (dense || !wide) return;
    if (!frame.modeled) this.pattern(pattern, this.marks[index] ?? "", left, top, width, height);
    if (hovered) {
      context.fillStyle = this.marks[index] ?? "";
      context.globalAlpha = 0.4;
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
    }
    if (!frame.modeled && !frame.outlined) return;
    context.strokeStyle = frame.modeled ? fill : cssColor(this.palette?.outline ?? [0, 0, 0, 0]);
    context.lineWidth = 1;
    if (frame.modeled) context.setLineDash([3, 2]);
    context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    context.setLineDash([]);
  }

  private stripes(fill: string, left: number, top: number, width: number, height: number): void {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.strokeStyle = fill;
    context.lineWidth = 1.6;
    context.beginPath();
    for (let x = Math.floor((left - height) / 5) * 5; x < left + width + height; x += 5) {
      context.moveTo(x, top + height);
      context.lineTo(x + height, top);
    }
    context.stroke();
    context.restore();
    context.strokeStyle = fill;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  }

  private pattern(pattern: number, color: string, left: number, top: number, width: number, height: number): void {
    const { context } = this;
    context.fillStyle = color;
    if (pattern === Pattern.upright || pattern === Pattern.grid) {
      for (let x = 0; x < width; x += 5) context.fillRect(left + x, top, 1.2, height);
    }
    if (pattern === Pattern.level || pattern === Pattern.grid) {
      for (let y = 0; y < height; y += 5) context.fillRect(left, top + y, width, 1.2);
    }
    if (pattern !== Pattern.dots) return;
    for (let x = 1.5; x < width - 1; x += 5) {
      for (let y = 1.5; y < height - 1; y += 5) context.fillRect(left + x, top + y, 2, 2);
    }
  }
}
