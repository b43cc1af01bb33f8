import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Disposable } from "../base/disposable";
import { Emitter, type Event } from "../base/event";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { type Result, failure, success } from "../base/result";
import { type RunRecord, parseRecord, runId } from "./runRecord";

/** One line of the list of runs. */
export interface RunSummary {
  readonly id: string;
  readonly path: string;
  /** Absent for a file that Tandem did not write. */
  readonly record?: RunRecord;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly bytes: number;
  /** One sentence, where something is missing or wrong. */
  readonly problem?: string;
}

const traceEnding = ".pftrace";
const recordEnding = ".run.json";

/** A folder of `<time>-<model>-<device>.pftrace` files, each with a small record beside it. */
export class RunStore implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly changed = new Emitter<void>();
  private readonly cache = new Map<string, { readonly stamp: string; readonly summary: RunSummary }>();

  constructor(readonly folder: string) {
    this.onDidChange = this.changed.event;
  }

  tracePath(id: string): string {
    return path.join(this.folder, id + traceEnding);
  }

  /** Newest first. A folder that does not exist yet holds no runs. */
  async list(): Promise<Result<readonly RunSummary[]>> {
    let names: string[];
    try {
      names = await readdir(this.folder);
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") return success([]);
      return failure(
        "folder-unreadable",
        `The runs folder ${this.folder} could not be read (${fileTrouble(error)}): change the setting.`,
        { code },
      );
    }
    const ids = names.filter((name) => name.endsWith(traceEnding)).map((name) => name.slice(0, -traceEnding.length));
    const summaries = await Promise.all(ids.map((id) => this.summary(id)));
    const present = summaries.filter((summary) => summary !== undefined);
    return success(present.sort((a, b) => b.startedAt - a.startedAt || b.id.localeCompare(a.id)));
  }

  /** Starts the file of a run. What was appended is on disk, whatever happens afterwards. */
  async begin(start: Omit<RunRecord, "format" | "id" | "finish" | "tokens" | "pid">): Promise<Result<RunWriter>> {
    const base = runId(new Date(start.startedAt), start.model.name, start.device.name);
    try {
      await mkdir(this.folder, { recursive: true });
      for (let copy = 1; ; copy++) {
        const id = copy === 1 ? base : `${base}-${copy}`;
        const trace = await open(this.tracePath(id), "wx").catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
          throw error;
        });
        if (trace === undefined) continue;
        const record: RunRecord = { ...start, format: 1, id, finish: "running", tokens: 0, pid: process.pid };
        const writer = new RunWriter(this, trace, record, () => this.changed.fire());
        await writer.save(record);
        this.changed.fire();
        return success(writer);
      }
    } catch (error) {
      const code = systemCode(error);
      const message = `The run cannot be stored in ${this.folder} (${fileTrouble(error)}): free some space or change the runs folder.`;
      return failure(code === "ENOSPC" ? "disk-full" : "file-unwritable", message, { code });
    }
  }

  async delete(id: string): Promise<void> {
    await rm(this.tracePath(id), { force: true });
    await rm(path.join(this.folder, id + recordEnding), { force: true });
    this.cache.delete(id);
    this.changed.fire();
  }

  /** Replaces the record in one step, so that a reader never sees half of one. */
  async saveRecord(record: RunRecord): Promise<void> {
    const file = path.join(this.folder, record.id + recordEnding);
    const partial = `${file}.${process.pid}.part`;
    await writeFile(partial, `${JSON.stringify(record)}\n`);
    await rename(partial, file);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async summary(id: string): Promise<RunSummary | undefined> {
    const file = this.tracePath(id);
    const trace = await stat(file).catch(() => undefined);
    if (trace === undefined) return undefined;
    const recordFile = path.join(this.folder, id + recordEnding);
    const beside = await stat(recordFile).catch(() => undefined);
    const stamp = `${trace.size} ${trace.mtimeMs} ${beside?.mtimeMs ?? 0}`;
    const known = this.cache.get(id);
    if (known?.stamp === stamp && known.summary.record?.finish !== "running") return known.summary;

    const text = beside === undefined ? undefined : await readFile(recordFile, "utf8").catch(() => undefined);
    const record = text === undefined ? undefined : parseRecord(text);
    const base = { id, path: file, bytes: trace.size };
    const summary: RunSummary =
      record === undefined
        ? { ...base, startedAt: trace.mtimeMs, problem: strangerProblem(trace.size, text !== undefined) }
        : { ...base, startedAt: Date.parse(record.startedAt), record, ...problemOf(record, trace.size) };
    this.cache.set(id, { stamp, summary });
    return summary;
  }
}

/** The open trace of one run. */
export class RunWriter {
  private queue: Promise<void> = Promise.resolve();
  private trouble: string | undefined;
  private written = 0;

  constructor(
    private readonly store: RunStore,
    private readonly trace: FileHandle,
    private record: RunRecord,
    private readonly changed: () => void,
  ) {}

  get id(): string {
    return this.record.id;
  }

  get tracePath(): string {
    return this.store.tracePath(this.record.id);
  }

  get bytes(): number {
    return this.written;
  }

  /** Why the trace is not whole, e.g. "the disk is full"; undefined while all is well. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Resolves when all that was appended is in the file, or known to be lost. */
  flushed(): Promise<void> {
    return this.queue;
  }

  /** In order; a failed write is remembered and ends the trace there. */
  append(bytes: Uint8Array): void {
    this.queue = this.queue.then(async () => {
      if (this.trouble !== undefined) return;
      try {
        await this.trace.appendFile(bytes);
        this.written += bytes.byteLength;
      } catch (error) {
        this.trouble = fileTrouble(error);
      }
    });
  }

  /** Closes the trace and writes the final record. A run without a single byte of trace leaves nothing behind. */
  async finish(end: Pick<RunRecord, "finish" | "tokens" | "stats" | "ranOn" | "modeled" | "failure">): Promise<void> {
    await this.queue;
    if (this.written === 0) return this.discard();
    await this.trace.close();
    const ended: RunRecord & { pid?: number } = { ...this.record, ...end };
    delete ended.pid;
    await this.save(ended);
    this.changed();
  }

  /** Leaves nothing behind, for a run that never began. */
  async discard(): Promise<void> {
    await this.queue;
    await this.trace.close();
    await this.store.delete(this.record.id);
  }

  async save(record: RunRecord): Promise<void> {
    this.record = record;
    try {
      await this.store.saveRecord(record);
    } catch (error) {
      this.trouble ??= fileTrouble(error);
    }
  }
}

function strangerProblem(bytes: number, damagedRecord: boolean): string {
  if (bytes === 0) return "This file is empty.";
  if (damagedRecord) return "The record beside this trace is damaged: open the trace to see what it holds.";
  return "Tandem did not record this trace here: open it to see what it holds.";
}

function problemOf(record: RunRecord, bytes: number): { readonly problem?: string } {
  if (record.failure !== undefined) return { problem: record.failure.message };
  if (record.finish === "running" && !isRunning(record)) {
    return { problem: "Tandem ended during this run: the trace holds what came before." };
  }
  return bytes === 0 && record.finish !== "running" ? { problem: "The trace of this run is empty." } : {};
}

/** Whether the process that writes this run's trace is at it. */
export function isRunning({ finish, pid }: RunRecord): boolean {
  return finish === "running" && pid !== undefined && isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
