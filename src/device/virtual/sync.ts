import { type BigIntStats, constants } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { ByteQueue } from "../byteQueue";
import { encodeRequest, longestData, requestHeaderBytes, words } from "../syncProtocol";
import type { Disk } from "./disk";
import { hostPath } from "./folder";
import type { AdbStream, StreamService } from "./stream";

/** Bytes that may wait for the disk before the host has to wait too. */
const queueLimit = 4 << 20;
const longestPath = 1024;
const errnos: Readonly<Record<string, number>> = { ENOENT: 2, EACCES: 13, ENOTDIR: 20, ENAMETOOLONG: 36, ELOOP: 40 };

/** The `sync:` service: stat, list, send and receive of files, versions 1 and 2 of the first two. */
export function openSync(stream: AdbStream, root: string, disk: Disk): StreamService {
  const queue = new ByteQueue();
  let room: (() => void) | undefined;
  const input: Input = {
    async take(count) {
      const bytes = await queue.take(count);
      if (queue.length < queueLimit) room?.();
      return bytes;
    },
  };
  void new SyncSession(stream, input, root, disk).run();
  return {
    async receive(payload) {
      queue.push(payload);
      if (queue.length >= queueLimit) await new Promise<void>((resolve) => (room = resolve));
    },
    closed() {
      queue.end();
      room?.();
    },
  };
}

interface Input {
  take(count: number): Promise<Buffer | undefined>;
}

class SyncSession {
  constructor(
    private readonly stream: AdbStream,
    private readonly input: Input,
    private readonly root: string,
    private readonly disk: Disk,
  ) {}

  async run(): Promise<void> {
    for (;;) {
      const request = await this.request();
      if (request === undefined || request.id === "QUIT") break;
      const { id, name } = request;
      if (id === "STAT") await this.stream.write(await statV1(this.host(name)));
      else if (id === "STA2") await this.stream.write(await statV2(id, this.host(name), true));
      else if (id === "LST2") await this.stream.write(await statV2(id, this.host(name), false));
      else if (id === "LIST") await this.list(this.host(name), entryV1, 20);
      else if (id === "LIS2") await this.list(this.host(name), entryV2, 76);
      else if (id === "RECV") await this.receive(this.host(name));
      else if (id === "SEND") {
        if (!(await this.send(name))) break;
      } else {
        await this.fail(`unknown request ${id}`);
        break;
      }
    }
    await this.stream.end();
  }

  private host(name: string): string {
    return hostPath(this.root, name);
  }

  private async request(): Promise<{ readonly id: string; readonly name: string } | undefined> {
    const header = await this.input.take(requestHeaderBytes);
    if (header === undefined) return undefined;
    const id = header.toString("latin1", 0, 4);
    const length = header.readUInt32LE(4);
    if (id === "QUIT") return { id, name: "" };
    if (length > longestPath) {
      await this.fail("path too long");
      return undefined;
    }
    const name = await this.input.take(length);
    return name === undefined ? undefined : { id, name: name.toString("utf8") };
  }

  private async fail(message: string): Promise<void> {
    await this.stream.write(encodeRequest("FAIL", Buffer.from(message)));
  }

  private async list(folder: string, encode: (name: string, found: BigIntStats) => Buffer, end: number): Promise<void> {
    for (const name of await readdir(folder).catch(() => [])) {
      const found = await lstat(path.join(folder, name), { bigint: true }).catch(() => undefined);
      if (found !== undefined) await this.stream.write(encode(name, found));
    }
    const done = Buffer.alloc(end);
    done.write("DONE", 0);
    await this.stream.write(done);
  }

  private async receive(file: string): Promise<void> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, "r");
      const buffer = Buffer.allocUnsafe(8 + longestData);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 8, longestData);
        if (bytesRead === 0) break;
        buffer.write("DATA", 0);
        buffer.writeUInt32LE(bytesRead, 4);
        if (!(await this.stream.write(Buffer.from(buffer.subarray(0, 8 + bytesRead))))) return;
      }
      await this.stream.write(Buffer.concat([Buffer.from("DONE"), words(0)]));
    } catch (error) {
      await this.fail(`open failed: ${reasonOf(error)}`);
    } finally {
      await handle?.close();
    }
  }

  /** False where the session cannot go on. A file that fails is told at once, and the rest of its data is dropped. */
  private async send(nameAndMode: string): Promise<boolean> {
    const comma = nameAndMode.lastIndexOf(",");
    const name = nameAndMode.slice(0, comma < 0 ? undefined : comma);
    const mode = comma < 0 ? 0o100644 : Number(nameAndMode.slice(comma + 1));
    let target: Target | undefined;
    let failed = false;
    const attempt = async (step: () => Promise<void>): Promise<void> => {
      if (failed) return;
      try {
        await step();
      } catch (error) {
        failed = true;
        await target?.discard();
        await this.fail(reasonOf(error));
      }
    };
    await attempt(async () => {
      if (!Number.isInteger(mode)) throw new Error("mode is not a number");
      if ((mode & constants.S_IFMT) === constants.S_IFLNK) throw new Error("links are not supported");
      target = await Target.open(this.host(name), mode & 0o777, await this.disk.freeBytes());
    });
    for (;;) {
      const header = await this.input.take(8);
      const id = header?.toString("latin1", 0, 4);
      const value = header?.readUInt32LE(4) ?? 0;
      if (id === "DONE") {
        await attempt(async () => {
          await target?.finish(value);
          await this.stream.write(Buffer.concat([Buffer.from("OKAY"), words(0)]));
        });
        return true;
      }
      const data = id === "DATA" && value <= longestData ? await this.input.take(value) : undefined;
      if (data === undefined) {
        await target?.discard();
        return false; // The host went away in the middle, or sent something else.
      }
      await attempt(async () => target?.write(data));
    }
  }
}

/** A file that is being received. */
class Target {
  private written = 0;

  private constructor(
    private readonly file: string,
    private readonly mode: number,
    private readonly handle: FileHandle,
    private readonly freeBytes: number,
  ) {}

  static async open(file: string, mode: number, freeBytes: number): Promise<Target> {
    await mkdir(path.dirname(file), { recursive: true });
    await rm(file, { force: true });
    return new Target(file, mode, await open(file, "w", mode), freeBytes);
  }

  async write(data: Buffer): Promise<void> {
    this.written += data.length;
    if (this.written > this.freeBytes) throw new NoSpace();
    for (let at = 0; at < data.length;) at += (await this.handle.write(data, at)).bytesWritten;
  }

  async finish(modifiedSeconds: number): Promise<void> {
    await this.handle.close();
    await chmod(this.file, this.mode);
    await utimes(this.file, modifiedSeconds, modifiedSeconds);
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.file, { force: true });
  }
}

class NoSpace extends Error {
  readonly code = "ENOSPC";
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Readonly<Record<string, string>> = {
    ENOSPC: "No space left on device",
    EFBIG: "No space left on device",
    ENOENT: "No such file or directory",
    EACCES: "Permission denied",
    EISDIR: "Is a directory",
    ENOTDIR: "Not a directory",
  };
  return known[code] ?? (error instanceof Error ? error.message : "failed");
}

async function statV1(file: string): Promise<Buffer> {
  const found = await lstat(file).catch(() => undefined);
  const values = found === undefined ? [0, 0, 0] : [found.mode, found.size, Math.floor(found.mtimeMs / 1000)];
  return Buffer.concat([Buffer.from("STAT"), words(...values)]);
}

async function statV2(id: string, file: string, follow: boolean): Promise<Buffer> {
  const reply = Buffer.alloc(72);
  reply.write(id, 0, "latin1");
  try {
    const found = await (follow ? stat : lstat)(file, { bigint: true });
    writeStat(reply, found);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    reply.writeUInt32LE(errnos[code] ?? 5, 4);
  }
  return reply;
}

/** error, dev, ino, mode, nlink, uid, gid, size, atime, mtime, ctime from byte 4 on. */
function writeStat(reply: Buffer, found: BigIntStats): void {
  reply.writeBigUInt64LE(found.dev, 8);
  reply.writeBigUInt64LE(found.ino, 16);
  reply.writeUInt32LE(Number(found.mode), 24);
  reply.writeUInt32LE(Number(found.nlink), 28);
  reply.writeUInt32LE(Number(found.uid), 32);
  reply.writeUInt32LE(Number(found.gid), 36);
  reply.writeBigUInt64LE(found.size, 40);
  reply.writeBigInt64LE(found.atimeMs / 1000n, 48);
  reply.writeBigInt64LE(found.mtimeMs / 1000n, 56);
  reply.writeBigInt64LE(found.ctimeMs / 1000n, 64);
}

function entryV1(name: string, found: BigIntStats): Buffer {
  const size = Number(found.size & 0xffffffffn);
  const head = words(Number(found.mode), size, Number(found.mtimeMs / 1000n), Buffer.byteLength(name));
  return Buffer.concat([Buffer.from("DENT"), head, Buffer.from(name)]);
}

function entryV2(name: string, found: BigIntStats): Buffer {
  const head = Buffer.alloc(76);
  head.write("DNT2", 0);
  writeStat(head, found);
  head.writeUInt32LE(Buffer.byteLength(name), 72);
  return Buffer.concat([head, Buffer.from(name)]);
}
