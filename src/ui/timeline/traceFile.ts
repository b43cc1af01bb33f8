import { open, readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { type Result, failure, success } from "../../base/result";
import { parseRecord } from "../../run/runRecord";
import { isRunning } from "../../run/runStore";
import type { TraceMore } from "../messages/timeline";

/** What a trace holds from a byte on; of a file on disk no more than that is read. */
export async function readMore(uri: vscode.Uri, fileName: string, from: number): Promise<Result<TraceMore>> {
  try {
    const running = await isBeingWritten(uri);
    if (uri.scheme !== "file") {
      // The editor may hand out a Buffer, and a message carries a Buffer as JSON.
      const bytes = new Uint8Array(await vscode.workspace.fs.readFile(uri));
      const { mtime } = await vscode.workspace.fs.stat(uri);
      const stamp = `${mtime} ${bytes.length}`;
      return success({ bytes: bytes.subarray(Math.min(from, bytes.length)), size: bytes.length, stamp, running });
    }
    const file = await open(uri.fsPath);
    try {
      const { size, mtimeMs } = await file.stat();
      const bytes = new Uint8Array(Math.max(0, size - from));
      const { bytesRead } = bytes.length === 0 ? { bytesRead: 0 } : await file.read(bytes, 0, bytes.length, from);
      return success({ bytes: bytes.subarray(0, bytesRead), size, stamp: `${mtimeMs} ${size}`, running });
    } finally {
      await file.close();
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return failure("trace-unreadable", `${fileName} could not be read: check that the file is still there.`, { cause });
  }
}

/** Whether a run writes this file now: its record beside it says so, and the process is alive. */
export async function isBeingWritten(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme !== "file") return false;
  const text = await readFile(uri.fsPath.replace(/\.pftrace$/, ".run.json"), "utf8").catch(() => undefined);
  const record = text === undefined ? undefined : parseRecord(text);
  return record !== undefined && isRunning(record);
}
