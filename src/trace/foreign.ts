/** Why bytes are not a Perfetto trace at all, as a sentence; undefined where they may be one. */
export function foreignFile(bytes: Uint8Array, fileName: string): string | undefined {
  if (bytes.length === 0) return `${fileName} is empty; the run was stopped before anything was recorded.`;
  const [first, second] = bytes;
  if (first === 0x1f && second === 0x8b)
    return `${fileName} is compressed with gzip; unpack it and open what is inside.`;
  if (first === 0x7b || first === 0x5b) {
    return `${fileName} is JSON, not a Perfetto trace; a Chrome trace opens in the Perfetto UI.`;
  }
  // A trace is a list of packets: field 1, length-delimited.
  if (first !== 0x0a) return `${fileName} is not a Perfetto trace; Tandem's own traces end in .pftrace.`;
  return undefined;
}
