import { open } from "node:fs/promises";

/** What the header of a program tells about where it runs. */
export interface Program {
  readonly machine: "x86_64" | "aarch64" | "other";
  /** The dynamic loader, e.g. /system/bin/linker64; absent in static programs. */
  readonly loader?: string;
}

const headBytes = 64;
const programHeaderBytes = 56;
const loaderSegment = 3; // PT_INTERP

/** Reads a 64-bit little-endian ELF file's header. Undefined for other files. Source: the System V ABI, chapters 4 and 5. */
export async function readProgram(file: string): Promise<Program | undefined> {
  const handle = await open(file, "r");
  try {
    const read = async (at: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0, headBytes);
    if (head.length < headBytes || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1)
      return undefined;
    const machine = { 62: "x86_64" as const, 183: "aarch64" as const }[head.readUInt16LE(18)] ?? "other";
    const offset = Number(head.readBigUInt64LE(32));
    const count = Math.min(head.readUInt16LE(56), 256);
    if (head.readUInt16LE(54) !== programHeaderBytes) return { machine };
    const headers = await read(offset, count * programHeaderBytes);
    for (let at = 0; at + programHeaderBytes <= headers.length; at += programHeaderBytes) {
      if (headers.readUInt32LE(at) !== loaderSegment) continue;
      const length = Math.min(Number(headers.readBigUInt64LE(at + 32)), 4096);
      const loader = await read(Number(headers.readBigUInt64LE(at + 8)), length);
      return { machine, loader: loader.toString("latin1").replace(/\0.*$/s, "") };
    }
    return { machine };
  } finally {
    await handle.close();
  }
}
