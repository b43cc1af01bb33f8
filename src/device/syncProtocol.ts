// Requests of the `sync:` service: a four-letter id, four bytes of little-endian length, data.
// Source: Android's packages/modules/adb/SYNC.TXT and file_sync_protocol.h.

export const requestHeaderBytes = 8;

/** Longest piece of a file in one DATA request, in bytes. */
export const longestData = 64 << 10;

export function encodeRequest(id: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(id, "latin1"), words(data.length), data]);
}

/** Little-endian 32-bit words; larger values keep their low 32 bits. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value % 0x1_0000_0000, 4 * index));
  return bytes;
}
