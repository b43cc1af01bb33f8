import type { Trace } from "./trace";

/** Slices whose name holds every word of the query, in time order. Names are matched once each, not once per slice. */
export function searchSlices(trace: Trace, query: string): Uint32Array {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return new Uint32Array();
  const matching = trace.names.map(({ text }) => {
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  });
  const { name, start } = trace.slices;
  let count = 0;
  for (let i = 0; i < name.length; i++) if (matching[name[i] as number] === true) count++;
  const found = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < name.length; i++) if (matching[name[i] as number] === true) found[at++] = i;
  return found.sort((a, b) => (start[a] as number) - (start[b] as number) || a - b);
}
