import type * as vscode from "vscode";
import type { Port } from "./messages/channel";

/** The extension's end of a webview. Posting to a webview that is gone does nothing. */
export function webviewPort(webview: vscode.Webview): Port {
  return {
    post: (message) => void webview.postMessage(message),
    listen: (listener) => webview.onDidReceiveMessage(listener),
  };
}
