// Packets of the adb transport: six little-endian words (command, arg0, arg1, length, checksum, magic), then the payload.
// Source: Android's packages/modules/adb/protocol.txt.

export const commands = {
  sync: code("SYNC"),
  connect: code("CNXN"),
  auth: code("AUTH"),
  open: code("OPEN"),
  okay: code("OKAY"),
  write: code("WRTE"),
  close: code("CLSE"),
} as const;

/** From this version on, both sides may leave the checksum at 0. */
export const protocolVersion = 0x01000001;
/** Longest payload that this side takes, in bytes. */
export const maxPayload = 1 << 20;
export const headerBytes = 24;

export interface Packet {
  readonly command: number;
  readonly arg0: number;
  readonly arg1: number;
  readonly payload: Buffer;
}

export interface PacketHeader {
  readonly command: number;
  readonly arg0: number;
  readonly arg1: number;
  readonly length: number;
}

export function encodeHeader(command: number, arg0: number, arg1: number, payload: Buffer, withSum: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(command, 0);
  header.writeUInt32LE(arg0, 4);
  header.writeUInt32LE(arg1, 8);
  header.writeUInt32LE(payload.length, 12);
  header.writeUInt32LE(withSum ? sum(payload) : 0, 16);
  header.writeUInt32LE((command ^ 0xffffffff) >>> 0, 20);
  return header;
}

/** Undefined where the bytes are not a header of this protocol. */
export function decodeHeader(bytes: Buffer): PacketHeader | undefined {
  if (bytes.length < headerBytes) return undefined;
  const command = bytes.readUInt32LE(0);
  const length = bytes.readUInt32LE(12);
  if ((command ^ 0xffffffff) >>> 0 !== bytes.readUInt32LE(20) || length > maxPayload) return undefined;
  return { command, arg0: bytes.readUInt32LE(4), arg1: bytes.readUInt32LE(8), length };
}

function code(name: string): number {
  return Buffer.from(name, "latin1").readUInt32LE(0);
}

function sum(bytes: Buffer): number {
  let total = 0;
  for (const byte of bytes) total = (total + byte) >>> 0;
  return total;
}
