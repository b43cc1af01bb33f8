import { stat } from "node:fs/promises";
import { type Result, failure } from "../base/result";
import { type ModelHeader, readModelHeader } from "./header";
import { verdict } from "./verdict";

const known = new Map<string, { readonly stamp: string; readonly header: Promise<Result<ModelHeader>> }>();
const most = 32;

/** The header of a model that Tandem runs, read once per (size, time of change); else why it does not. */
export async function checkedModel(file: string): Promise<Result<ModelHeader>> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) return readModelHeader(file);
  const stamp = `${status.size} ${status.mtimeMs}`;
  let entry = known.get(file);
  if (entry?.stamp !== stamp) {
    entry = { stamp, header: readModelHeader(file) };
    known.set(file, entry);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  }
  const header = await entry.header;
  if (!header.ok) return header;
  const judged = verdict(header.value);
  return judged.runs ? header : failure(judged.code, judged.why, { path: file });
}
