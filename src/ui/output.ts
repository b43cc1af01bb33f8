import type * as vscode from "vscode";
import type { Log } from "../base/log";

/** The output channel "Tandem" as our log. */
export function channelLog(channel: vscode.LogOutputChannel): Log {
  return {
    write(level, message) {
      if (level === "warning") channel.warn(message);
      else channel[level](message);
    },
  };
}
