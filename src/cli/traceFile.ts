import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { type Result, failure } from "../base/result";
import { decodeTrace } from "../trace/decode";
import type { Trace } from "../trace/trace";

/** A trace from disk. Fails with `file-not-found`, `file-unreadable`, or as decoding does. */
export async function readTraceFile(file: string): Promise<Result<Trace>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = systemCode(error);
    return code === "ENOENT"
      ? failure("file-not-found", `${file} was not found: check the path.`)
      : failure(
          "file-unreadable",
          `${file} could not be read (${fileTrouble(error)}): check that it is a file that you may read.`,
        );
  }
  return decodeTrace(bytes, path.basename(file));
}
