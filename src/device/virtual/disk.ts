import { execFile } from "node:child_process";
import { mkdir, readdir, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * The storage behind /data. Without a limit it is a plain folder. With one it is a file system of that size in memory
 * where this user may mount one (so that programs get a real ENOSPC), otherwise a folder whose programs run under a
 * limit of file size (they get EFBIG) and whose pushes are counted.
 */
export class Disk {
  private limitBytes: number | undefined;
  private mounted = false;

  private constructor(
    private readonly folder: string,
    private readonly totalKib: number,
    private readonly availableKib: number,
  ) {}

  static async open(
    folder: string,
    size: { readonly totalKib: number; readonly availableKib: number },
    limitBytes: number | undefined,
  ): Promise<Disk> {
    await mkdir(folder, { recursive: true });
    const disk = new Disk(folder, size.totalKib, size.availableKib);
    if (limitBytes !== undefined) {
      disk.mounted = await mount(folder, limitBytes);
      disk.limitBytes = limitBytes;
    }
    return disk;
  }

  /** How a limit is enforced, in a word for the log. */
  get kind(): "folder" | "memory" | "limit" {
    if (this.mounted) return "memory";
    return this.limitBytes === undefined ? "folder" : "limit";
  }

  /** Changes the size while the phone runs. What is there stays, even where it is more. */
  async setLimit(bytes: number): Promise<void> {
    if (this.mounted) await this.resize(bytes);
    this.limitBytes = bytes;
  }

  async freeBytes(): Promise<number> {
    const host = await statfs(this.folder);
    const hostFree = host.bavail * host.bsize;
    if (this.mounted) return hostFree;
    const limit = this.limitBytes ?? this.availableKib * 1024;
    return Math.max(0, Math.min(hostFree, limit - (await bytesIn(this.folder))));
  }

  /** What `df /data` prints. */
  async table(): Promise<string> {
    const available = Math.floor((await this.freeBytes()) / 1024);
    const total = this.limitBytes === undefined ? this.totalKib : Math.ceil(this.limitBytes / 1024);
    const used = Math.max(0, total - available);
    const percent = total === 0 ? 100 : Math.ceil((100 * used) / total);
    return (
      "Filesystem       1K-blocks      Used Available Use% Mounted on\n" +
      `/dev/block/dm-52 ${[total, used, available].map((kib) => String(kib).padStart(9)).join(" ")} ` +
      `${String(percent).padStart(3)}% /data/user/0\n`
    );
  }

  /** Goes before a command so that it meets the limit. */
  async commandPrefix(): Promise<string> {
    if (this.mounted || this.limitBytes === undefined) return "";
    const largest = Math.max(0, ...(await filesIn(this.folder)).map((file) => file.bytes));
    const blocks = Math.floor((largest + (await this.freeBytes())) / 512);
    return `trap '' XFSZ; ulimit -f ${blocks}; `;
  }

  /** A file system cannot be smaller than its contents, which may grow while it is being resized. */
  private async resize(bytes: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const size = Math.max(bytes, (await usedBytes(this.folder)) + attempt * 4096);
      try {
        await execute("mount", ["-o", `remount,size=${size}`, this.folder]);
        return;
      } catch (error) {
        if (attempt === 64) throw error;
      }
    }
  }

  async dispose(): Promise<void> {
    if (this.mounted) await execute("umount", ["-l", this.folder]).catch(() => undefined);
    this.mounted = false;
  }
}

/** Bytes in use on the file system that a folder is on. */
async function usedBytes(folder: string): Promise<number> {
  const found = await statfs(folder);
  return (found.blocks - found.bfree) * found.bsize;
}

async function mount(folder: string, bytes: number): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    await execute("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0755`, "tandem-phone", folder]);
    return true;
  } catch {
    return false; // Not allowed here; the limit of file size stands in, and `kind` tells.
  }
}

async function bytesIn(folder: string): Promise<number> {
  return (await filesIn(folder)).reduce((sum, file) => sum + file.bytes, 0);
}

async function filesIn(folder: string): Promise<{ readonly bytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // A file may go away between the two calls.
  const sizes = files.map((file) =>
    stat(path.join(file.parentPath, file.name)).then(
      (found) => ({ bytes: found.blocks * 512 }),
      () => ({ bytes: 0 }),
    ),
  );
  return Promise.all(sizes);
}
