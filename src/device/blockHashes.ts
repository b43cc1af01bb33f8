import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import xxhash from "xxhash-wasm";

/** Bytes of a model that are verified, and repeated after a broken push, as one. */
export const blockBytes = 16 << 20;
/** Bytes read at once: small enough that hashing one does not hold up what is being sent. */
export const pieceBytes = 1 << 20;
const remembered = 64;

export interface BlockHasher {
  update(bytes: Uint8Array): void;
  digest(): bigint;
}

let library: ReturnType<typeof xxhash> | undefined;

/** XXH64 with seed 0. */
export async function createBlockHasher(): Promise<() => BlockHasher> {
  library ??= xxhash();
  const api = await library;
  return () => api.create64(0n);
}

/** 16 hex digits, as the agent writes them. */
export function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

interface Entry {
  readonly size: number;
  readonly modifiedMs: number;
  readonly blockBytes: number;
  readonly hashes: readonly string[];
}

/**
 * Hashes of the blocks of local files, remembered by path, size and time of change: a model that is on the phone already
 * is then known without reading it. Without a folder they are forgotten with the process.
 */
export class BlockHashes {
  private entries: Map<string, Entry> | undefined;

  constructor(private readonly folder: string | undefined) {}

  /** Hashes of the first `count` blocks; reads only those that are not known. */
  async first(file: string, count: number, signal: AbortSignal): Promise<readonly string[]> {
    const known = await this.known(file);
    if (known.length >= count) return known.slice(0, count);
    const hashes = [...known];
    const create = await createBlockHasher();
    const start = hashes.length * blockBytes;
    const end = count * blockBytes - 1;
    let hasher = create();
    let filled = 0;
    for await (const chunk of createReadStream(file, { start, end, highWaterMark: pieceBytes, signal })) {
      const piece = chunk as Buffer;
      hasher.update(piece);
      filled += piece.length;
      if (filled === blockBytes) {
        hashes.push(hexOf(hasher.digest()));
        hasher = create();
        filled = 0;
      }
    }
    if (filled > 0) hashes.push(hexOf(hasher.digest()));
    await this.remember(file, hashes);
    return hashes;
  }

  /** Keeps what is known about a file's first blocks; shorter knowledge does not replace longer. */
  async remember(file: string, hashes: readonly string[]): Promise<void> {
    if (hashes.length <= (await this.known(file)).length) return;
    const { size, mtimeMs } = await stat(file);
    const entries = await this.load();
    entries.delete(file);
    entries.set(file, { size, modifiedMs: mtimeMs, blockBytes, hashes });
    for (const oldest of [...entries.keys()].slice(0, Math.max(0, entries.size - remembered))) entries.delete(oldest);
    await this.save(entries);
  }

  private async known(file: string): Promise<readonly string[]> {
    const entry = (await this.load()).get(file);
    if (entry?.blockBytes !== blockBytes) return [];
    const { size, mtimeMs } = await stat(file);
    return entry.size === size && entry.modifiedMs === mtimeMs ? entry.hashes : [];
  }

  private async load(): Promise<Map<string, Entry>> {
    if (this.entries !== undefined) return this.entries;
    this.entries = new Map();
    if (this.folder === undefined) return this.entries;
    try {
      const stored: unknown = JSON.parse(await readFile(this.path(this.folder), "utf8"));
      if (Array.isArray(stored)) this.entries = new Map(stored.filter(isStored));
    } catch {
      // Not there yet, or damaged: the hashes are computed again.
    }
    return this.entries;
  }

  private async save(entries: Map<string, Entry>): Promise<void> {
    if (this.folder === undefined) return;
    const file = this.path(this.folder);
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify([...entries]));
    await rename(`${file}.${process.pid}`, file);
  }

  private path(folder: string): string {
    return path.join(folder, "block-hashes.json");
  }
}

function isStored(value: unknown): value is [string, Entry] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const entry: unknown = value[1];
  return (
    typeof entry === "object" &&
    entry !== null &&
    "size" in entry &&
    "modifiedMs" in entry &&
    "blockBytes" in entry &&
    "hashes" in entry &&
    Array.isArray(entry.hashes)
  );
}
