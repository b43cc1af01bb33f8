import { type FSWatcher, watch } from "node:fs";
import { mkdir, readFile, readdir, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Disposable } from "../base/disposable";
import { Emitter, type Event } from "../base/event";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { type Log, silentLog } from "../base/log";
import type { Failure } from "../base/result";
import { type ModelHeader, readModelHeader } from "./header";
import { type Verdict, verdict } from "./verdict";

/** One `.gguf` file of the library. A file that cannot be read is listed too, with the reason. */
export type LibraryModel = {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
} & (
  | { readonly header: ModelHeader; readonly verdict: Verdict; readonly failure?: undefined }
  | { readonly header?: undefined; readonly verdict?: undefined; readonly failure: Failure }
);

export interface LibraryOptions {
  /** Folders that are searched, three levels deep. */
  readonly folders: readonly string[];
  /** Where headers that were read are kept between sessions; none: only in memory. */
  readonly cacheFile?: string;
  readonly log?: Log;
}

const depth = 3;
const settleMs = 300;
const cacheFormat = 1;

/** The models in some folders. A header is read once per (path, size, time of change). */
export class ModelLibrary implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly changed = new Emitter<void>();
  private readonly cache = new Map<string, LibraryModel>();
  private watchers: FSWatcher[] = [];
  private timer: NodeJS.Timeout | undefined;
  private listed: readonly LibraryModel[] = [];
  private troubles: readonly Failure[] = [];
  private refreshing: Promise<void> | undefined;
  private disposed = false;

  constructor(private options: LibraryOptions) {
    this.onDidChange = this.changed.event;
  }

  /** Sorted by name. */
  get models(): readonly LibraryModel[] {
    return this.listed;
  }

  /** Folders that could not be read. */
  get problems(): readonly Failure[] {
    return this.troubles;
  }

  async setFolders(folders: readonly string[]): Promise<void> {
    this.options = { ...this.options, folders };
    this.unwatch();
    await this.refresh();
    this.watch();
  }

  /** Reads the folders again. Calls while it works share its result. */
  refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  /** Refreshes by itself from now on, shortly after something changed. */
  watch(): void {
    this.unwatch();
    if (this.disposed) return;
    for (const folder of this.options.folders) {
      try {
        const watcher = watch(folder, { recursive: true }, (_, name) => {
          if (name === null || /\.gguf$/i.test(name)) this.refreshSoon();
        });
        watcher.on("error", (error) => this.log.write("warning", `Watching ${folder} ended: ${error.message}`));
        this.watchers.push(watcher);
      } catch (error) {
        this.log.write("warning", `Changes in ${folder} are not noticed by themselves: ${String(error)}`);
      }
    }
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.unwatch();
    this.changed.dispose();
  }

  private get log(): Log {
    return this.options.log ?? silentLog;
  }

  private unwatch(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), settleMs);
  }

  private async read(): Promise<void> {
    if (this.cache.size === 0) await this.loadCache();
    const troubles: Failure[] = [];
    const found = new Map<string, LibraryModel>();
    let fresh = false;
    for (const folder of this.options.folders) {
      for (const file of await findModels(folder, troubles)) {
        if (found.has(file)) continue;
        const model = await this.readModel(file);
        if (model === undefined) continue;
        fresh ||= this.cache.get(file) !== model;
        this.cache.set(file, model);
        found.set(file, model);
      }
    }
    if (this.disposed) return;
    const names = (model: LibraryModel): string => model.header?.name ?? path.basename(model.path);
    this.listed = [...found.values()].sort((a, b) => names(a).localeCompare(names(b)) || a.path.localeCompare(b.path));
    this.troubles = troubles;
    if (fresh) await this.saveCache();
    this.changed.fire();
  }

  private async readModel(file: string): Promise<LibraryModel | undefined> {
    const status = await stat(file).catch(() => undefined);
    if (status === undefined) return undefined;
    const known = this.cache.get(file);
    if (known !== undefined && known.bytes === status.size && known.modifiedMs === status.mtimeMs) return known;
    const base = { path: file, bytes: status.size, modifiedMs: status.mtimeMs };
    const header = await readModelHeader(file);
    if (!header.ok) return { ...base, failure: header.failure };
    return { ...base, header: header.value, verdict: verdict(header.value) };
  }

  private async loadCache(): Promise<void> {
    if (this.options.cacheFile === undefined) return;
    try {
      const saved = JSON.parse(await readFile(this.options.cacheFile, "utf8")) as CacheFile;
      if (saved.format !== cacheFormat) return;
      for (const model of saved.models) {
        const judged = model.header === undefined ? model : { ...model, verdict: verdict(model.header) };
        this.cache.set(model.path, judged);
      }
    } catch {
      // A missing or damaged cache only means that headers are read again.
    }
  }

  private async saveCache(): Promise<void> {
    const file = this.options.cacheFile;
    if (file === undefined) return;
    const saved: CacheFile = { format: cacheFormat, models: [...this.listed] };
    try {
      await mkdir(path.dirname(file), { recursive: true });
      const partial = `${file}.${process.pid}.part`;
      await writeFile(partial, JSON.stringify(saved));
      await rename(partial, file);
    } catch (error) {
      this.log.write("warning", `The list of models could not be kept for next time: ${String(error)}`);
    }
  }
}

interface CacheFile {
  readonly format: number;
  readonly models: readonly LibraryModel[];
}

/** Absolute paths of the `.gguf` files below a folder. Parts of a split file beyond the first are left out. */
async function findModels(folder: string, troubles: Failure[], level = 1): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    const message = `The models folder ${folder} could not be read (${fileTrouble(error)}): change the setting or create it.`;
    if (level === 1) troubles.push({ code: code === "ENOENT" ? "folder-not-found" : "folder-unreadable", message });
    return [];
  }
  const files: string[] = [];
  for (const entry of entries) {
    const file = path.resolve(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped = entry.name.startsWith(".") || entry.name === "node_modules" || level >= depth;
      if (!skipped) files.push(...(await findModels(file, troubles, level + 1)));
    } else if (/\.gguf$/i.test(entry.name) && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(entry.name)) {
      files.push(file);
    }
  }
  return files;
}
