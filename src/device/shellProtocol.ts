import type { ByteQueue } from "./byteQueue";

// Packets of `shell,v2`: one byte of id, four bytes of little-endian length, data.
// Source: Android's packages/modules/adb/shell_protocol.h.

export const shellIds = { stdin: 0, stdout: 1, stderr: 2, exit: 3, closeStdin: 4, windowSize: 5 } as const;

/** Longest packet that is taken, in bytes; real ones are at most 1 MiB. */
const longest = 16 << 20;

export interface ShellPacket {
  readonly id: number;
  readonly data: Buffer;
}

export function encodeShellPacket(id: number, data: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(5 + data.length);
  packet.writeUInt8(id, 0);
  packet.writeUInt32LE(data.length, 1);
  data.copy(packet, 5);
  return packet;
}

/** Undefined at the end of the queue, and where the bytes are no packet. */
export async function takeShellPacket(queue: ByteQueue): Promise<ShellPacket | undefined> {
  const header = await queue.take(5);
  if (header === undefined) return undefined;
  const length = header.readUInt32LE(1);
  if (length > longest) return undefined;
  const data = await queue.take(length);
  return data === undefined ? undefined : { id: header.readUInt8(0), data };
}
