import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

export interface WebviewPage {
  readonly title: string;
  /** Name of the bundle in `dist/webview`: `timeline`, `run`. */
  readonly bundle: string;
  /** Put on `<body>` as `data-*`, for what the page must know before the first message. */
  readonly data?: Readonly<Record<string, string>>;
}

/** The folder that holds every webview bundle; name it in `localResourceRoots`. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, "dist", "webview");
}

/**
 * The page of a webview. Its policy allows our own scripts by nonce, our own styles and fonts, pictures made in
 * the page, and requests to files that the webview may read; nothing from a network.
 */
export function webviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: WebviewPage): string {
  const nonce = randomBytes(16).toString("base64");
  const root = webviewRoot(extensionUri);
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  const source = webview.cspSource;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'unsafe-inline'`,
    `font-src ${source}`,
    `img-src ${source} data: blob:`,
    `connect-src ${source}`,
  ].join("; ");
  const data = Object.entries(page.data ?? {})
    .map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`)
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="${uri("codicon.css")}">
<link rel="stylesheet" href="${uri(`${page.bundle}.css`)}">
</head>
<body${data}>
<script nonce="${nonce}" src="${uri(`${page.bundle}.js`)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
