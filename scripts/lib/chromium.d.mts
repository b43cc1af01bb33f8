import type { Browser } from "playwright-core";

export function chromiumPath(): Promise<string | undefined>;
export function launchChromium(flags?: readonly string[]): Promise<Browser>;
export const noChromium: string;
