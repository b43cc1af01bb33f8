import * as vscode from "vscode";
import type { ProgressListener } from "../base/progress";
import { progressDetail } from "./text";

/** Runs work under a notification with a bar and a Cancel button. */
export function withProgress<T>(
  title: string,
  work: (listener: ProgressListener, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const done = vscode.window.withProgress(options, async (notification, token) => {
    const controller = new AbortController();
    const listening = token.onCancellationRequested(() => controller.abort());
    let shown = 0;
    try {
      return await work((progress) => {
        const percent = progress.total > 0 ? (progress.done / progress.total) * 100 : 0;
        notification.report({ message: progressDetail(progress), increment: Math.max(0, percent - shown) });
        shown = Math.max(shown, percent);
      }, controller.signal);
    } finally {
      listening.dispose();
    }
  });
  return Promise.resolve(done);
}
