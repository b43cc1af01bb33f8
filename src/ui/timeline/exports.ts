import * as vscode from "vscode";
import { type Result, failure, success } from "../../base/result";
import { type ReportTheme, reportPage } from "../../../webview/timeline/page";
import type { ExportKind, TimelineHost } from "../messages/timeline";
import { text } from "../text";
import { webviewRoot } from "../webviewHtml";

type SaveRequest = TimelineHost["requests"]["save"]["params"];

const filters: Readonly<Record<ExportKind, Readonly<Record<string, string[]>>>> = {
  pftrace: { "Perfetto trace": ["pftrace"] },
  json: { "Chrome trace": ["json"] },
  csv: { "Comma-separated values": ["csv"] },
  png: { Picture: ["png"] },
  html: { "HTML report": ["html"] },
};

/** Asks for a place and writes an export there. */
export async function saveExport(
  extensionUri: vscode.Uri,
  trace: vscode.Uri,
  fileName: string,
  { kind, content }: SaveRequest,
): Promise<Result<{ readonly saved: boolean }>> {
  const base = fileName.replace(/\.pftrace$/, "");
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(trace, "..", `${base}${kind === "pftrace" ? "-copy" : ""}.${kind}`),
    filters: filters[kind],
    title: text.exportTitle(fileName),
  });
  if (target === undefined) return success({ saved: false });
  try {
    await vscode.workspace.fs.writeFile(target, await contentOf(extensionUri, trace, fileName, kind, content));
    return success({ saved: true });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return failure("export-failed", "The export was not written: choose another folder.", { cause });
  }
}

async function contentOf(
  extensionUri: vscode.Uri,
  trace: vscode.Uri,
  fileName: string,
  kind: ExportKind,
  content: string | ArrayBuffer | undefined,
): Promise<Uint8Array> {
  if (kind === "pftrace") return vscode.workspace.fs.readFile(trace);
  if (kind === "html") return new TextEncoder().encode(await report(extensionUri, trace, fileName));
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : new Uint8Array(content ?? new ArrayBuffer(0));
}

async function report(extensionUri: vscode.Uri, trace: vscode.Uri, fileName: string): Promise<string> {
  const read = (uri: vscode.Uri): Thenable<Uint8Array> => vscode.workspace.fs.readFile(uri);
  const root = webviewRoot(extensionUri);
  const text = async (file: string): Promise<string> =>
    new TextDecoder().decode(await read(vscode.Uri.joinPath(root, file)));
  return reportPage({
    fileName,
    script: await text("timeline.js"),
    styles: [await text("codicon.css"), await text("timeline.css")],
    iconFont: Buffer.from(await read(vscode.Uri.joinPath(root, "codicon.ttf"))).toString("base64"),
    trace: Buffer.from(await read(trace)).toString("base64"),
    theme: themeOf(vscode.window.activeColorTheme.kind),
  });
}

function themeOf(kind: vscode.ColorThemeKind): ReportTheme {
  switch (kind) {
    case vscode.ColorThemeKind.Light:
      return "light";
    case vscode.ColorThemeKind.HighContrast:
      return "hc";
    case vscode.ColorThemeKind.HighContrastLight:
      return "hcl";
    case vscode.ColorThemeKind.Dark:
      return "dark";
  }
}
