import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { defaultThemes } from "../../../webview/timeline/defaultThemes";

export type ThemeName = keyof typeof defaultThemes;

/**
 * A page of the extension outside the editor: its bundle, its styles and the editor's default colours.
 * @param answers results of the page's requests, by name or by name and parameters; `base64` becomes `bytes`
 */
export async function bundlePage(
  bundle: string,
  theme: ThemeName,
  answers: Readonly<Record<string, unknown>>,
): Promise<string> {
  const dist = path.resolve("dist/webview");
  const text = (file: string): Promise<string> => readFile(path.join(dist, file), "utf8");
  const { kind, variables } = defaultThemes[theme];
  const colors = Object.entries(variables)
    .map(([name, value]) => `--vscode-${name}:${value}`)
    .join(";");
  const font = (await readFile(path.join(dist, "codicon.ttf"))).toString("base64");
  const styles = [await text("codicon.css"), await text(`${bundle}.css`)]
    .map((style) => style.replace(/@font-face\s*\{[^}]*\}/g, ""))
    .join("\n");
  const icons = `@font-face{font-family:codicon;src:url(data:font/ttf;base64,${font}) format("truetype")}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${bundle}</title>
<style>html{color-scheme:${kind.includes("light") ? "light" : "dark"};${colors}}${icons}${styles}</style></head>
<body class="${kind}"><script>(${editorApi.toString()})(${JSON.stringify(answers)})</script>
<script>${(await text(`${bundle}.js`)).replaceAll("</script", "<\\/script")}</script></body></html>`;
}

/** What the page told or asked that nobody answers here. */
export interface Told {
  readonly name: string;
  readonly value: unknown;
}

/** Stands in the page for the editor; runs there, so it may use nothing from outside. */
function editorApi(answers: Readonly<Record<string, unknown>>): void {
  const told: { name: string; value: unknown }[] = [];
  let state: unknown;
  const revive = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, unknown] => {
      if (key !== "base64" || typeof item !== "string") return [key, revive(item)];
      return ["bytes", Uint8Array.from(atob(item), (character) => character.charCodeAt(0))];
    });
    return Object.fromEntries(entries);
  };
  Object.assign(window, {
    told,
    acquireVsCodeApi: () => ({
      getState: () => state,
      setState: (next: unknown) => (state = next),
      postMessage: (message: { kind: string; id?: number; name?: string; params?: unknown; value?: unknown }) => {
        told.push({ name: message.name ?? "", value: message.value ?? message.params });
        if (message.kind !== "request") return;
        const answer =
          answers[`${message.name ?? ""} ${JSON.stringify(message.params)}`] ?? answers[message.name ?? ""];
        const result = answer === undefined ? { ok: true, value: null } : revive(answer);
        setTimeout(() => window.postMessage({ kind: "reply", id: message.id, result }, "*"), 0);
      },
    }),
  });
}

export function toldOf(page: Page): Promise<readonly Told[]> {
  return page.evaluate(() => (window as unknown as { told: Told[] }).told);
}
