import { defaultThemes } from "./defaultThemes";

export type ReportTheme = keyof typeof defaultThemes;

export interface ReportInput {
  readonly fileName: string;
  /** The timeline's bundle and its styles, as built into `dist/webview`. */
  readonly script: string;
  readonly styles: readonly string[];
  /** Base64. */
  readonly iconFont: string;
  /** Base64. */
  readonly trace: string;
  readonly theme: ReportTheme;
  /** Which form opens; by default the full one. */
  readonly form?: "full" | "strip";
}

/** The id of the element that holds the trace of a page without an editor. */
export const inlineTraceId = "tandem-trace";

/**
 * The timeline as one HTML file that needs nothing else: code, styles, icons, trace and the editor's default
 * colours are in it. Its policy allows no request to anywhere.
 */
export function reportPage(input: ReportInput): string {
  const { kind, variables } = defaultThemes[input.theme];
  const colors = Object.entries(variables)
    .map(([name, value]) => `--vscode-${name}:${value}`)
    .join(";");
  const icons = `@font-face{font-family:codicon;font-display:block;src:url(data:font/ttf;base64,${input.iconFont}) format("truetype")}`;
  const styles = input.styles.map((style) => style.replace(/@font-face\s*\{[^}]*\}/g, "")).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(input.fileName)} – Tandem</title>
<style>html{color-scheme:${kind.includes("light") ? "light" : "dark"};${colors}}
${icons}
${styles.replaceAll("</style", "<\\/style")}</style>
</head>
<body class="${kind}" data-form="${input.form ?? "full"}">
<script type="application/octet-stream" id="${inlineTraceId}" data-name="${escapeText(input.fileName)}">${input.trace}</script>
<script>${input.script.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
