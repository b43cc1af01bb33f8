import type { Page } from "playwright-core";

export interface RenderOptions {
  /** Path of the trace. */
  readonly trace: string;
  /** Where to write; what is left out is not made. */
  readonly html?: string | undefined;
  readonly png?: string | undefined;
  readonly theme?: "dark" | "light" | "hc" | "hcl" | undefined;
  readonly form?: "full" | "strip" | undefined;
  readonly width?: number;
  readonly height?: number;
}

export function renderTimeline(options: RenderOptions): Promise<{ readonly html?: string; readonly png?: string }>;
export function timelinePage(options: Pick<RenderOptions, "trace" | "theme" | "form">): Promise<string>;
export function withPage<T>(
  size: { readonly width: number; readonly height: number; readonly scale?: number },
  use: (page: Page) => Promise<T>,
): Promise<T>;
export function settled(page: Page): Promise<void>;
