import type { Annotation } from "./annotations";
import type { Row, SliceName, Slices, Track } from "./trace";
import { isProcessor } from "./tracks";

/** `blk.7.ffn_down`: layer 7, op ffn_down. Other names are ops outside layers. */
export function parseName(text: string): { readonly layer: number; readonly op: string } {
  const match = /^(?:blk\.|layer )(\d+)\.?(.*)$/.exec(text);
  return match === null ? { layer: -1, op: text } : { layer: Number(match[1]), op: match[2] ?? "" };
}

/** Works out layer, op and kind once per name; the kind comes from the first slice that carries the name. */
export function describeNames(
  texts: readonly string[],
  slices: Slices,
  rows: readonly Row[],
  tracks: readonly Track[],
  annotations: (slice: number) => Annotation[],
): SliceName[] {
  const kinds = new Map<number, string>();
  const seen = new Uint8Array(texts.length);
  for (const row of rows) {
    if (!isProcessor(tracks[row.track]?.kind ?? "none")) continue;
    for (let slice = row.first; slice < row.end; slice++) {
      const name = slices.name[slice] as number;
      if (seen[name] === 1) continue;
      seen[name] = 1;
      const kind = annotations(slice).find((annotation) => annotation.name === "kind")?.value;
      kinds.set(name, typeof kind === "string" ? kind : "");
    }
  }
  return texts.map((text, index) => ({ text, ...parseName(text), kind: kinds.get(index) ?? "" }));
}
