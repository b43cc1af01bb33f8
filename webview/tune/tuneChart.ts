import { LitElement } from "lit";
import { Chart, type ChartContent } from "../shared/chart";

/** `<tandem-tune-chart>`: a chart whose cursor stays where it was while the curves change. */
export class TuneChart extends LitElement {
  static override properties = { content: { attribute: false }, at: { type: Number } };
  declare content: ChartContent | undefined;
  /** Index at which the cursor first stands. */
  declare at: number;
  private chart: Chart | undefined;
  private cursorX: number | undefined;

  constructor() {
    super();
    this.at = 0;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.chart = new Chart({
      onCursor: (index) => (this.cursorX = this.content?.x[index]),
      cursorText: (index) => this.said(index),
    });
    this.append(this.chart.root);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.chart?.dispose();
    this.chart = undefined;
  }

  protected override updated(): void {
    const { content } = this;
    if (content === undefined) return;
    const kept = this.cursorX === undefined ? -1 : content.x.indexOf(this.cursorX);
    this.chart?.show(content, kept >= 0 ? kept : this.at);
  }

  private said(index: number): string {
    const { content } = this;
    if (content === undefined) return "";
    const figures = content.curves.flatMap(({ label, values }) => {
      const value = values[index];
      return typeof value === "number" ? [`${label} ${content.yText(value)}`] : [];
    });
    return `${content.xText(content.x[index] ?? 0)}: ${figures.join(", ")}`;
  }
}

customElements.define("tandem-tune-chart", TuneChart);

declare global {
  interface HTMLElementTagNameMap {
    "tandem-tune-chart": TuneChart;
  }
}
