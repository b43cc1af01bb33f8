/** Of one line, in bytes; the rest of a longer one is left out. */
const longest = 1 << 16;

/** Lines of a text file, one after another, without holding the file as one text. */
export function* linesOf(bytes: Uint8Array): Generator<string, void, undefined> {
  const decoder = new TextDecoder();
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(0x0a, from);
    const end = found < 0 ? bytes.length : found;
    const line = decoder.decode(bytes.subarray(from, Math.min(end, from + longest))).trim();
    if (line !== "") yield line;
    from = end + 1;
  }
}
