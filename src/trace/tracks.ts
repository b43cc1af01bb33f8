import type { Row, Track, TrackKind } from "./trace";

/** A track as the file describes it. */
export interface TrackDescription {
  readonly uuid: number;
  name: string;
  parent: number;
  isCounter: boolean;
  unit: string;
  unitMultiplier: number;
  rank: number;
}

export function newTrack(uuid: number): TrackDescription {
  return { uuid, name: "", parent: 0, isCounter: false, unit: "", unitMultiplier: 1, rank: 0 };
}

/** Our own tracks by name; anything else with slices is `other`. */
const kinds: Readonly<Record<string, TrackKind>> = {
  Phase: "band",
  Token: "band",
  Layer: "band",
  "GPU queue": "gpu",
  NPU: "npu",
  CPU: "cpu",
  Sync: "joins",
  "NPU sync": "joins",
};

export function describeTracks(
  descriptions: readonly TrackDescription[],
  rows: readonly Row[],
  counters: ReadonlySet<number>,
): Track[] {
  const rowsOf = new Map<number, number[]>();
  rows.forEach((row, index) => {
    const known = rowsOf.get(row.track);
    if (known === undefined) rowsOf.set(row.track, [index]);
    else known.push(index);
  });
  return descriptions.map((description, index) => {
    const own = rowsOf.get(index) ?? [];
    return {
      index,
      name: description.name === "" ? `Track ${String(index + 1)}` : description.name,
      kind: counters.has(index) ? "counter" : own.length === 0 ? "none" : (kinds[description.name] ?? "other"),
      rows: own,
      unit: description.unit,
    };
  });
}

/** The track of a kind, or the band of a name. */
export function findTrack(tracks: readonly Track[], kind: TrackKind, name?: string): Track | undefined {
  return tracks.find((track) => track.kind === kind && (name === undefined || track.name === name));
}

/** Processors in the order in which the timeline shows them. */
export const processorKinds = ["gpu", "npu", "cpu"] as const;
export type ProcessorKind = (typeof processorKinds)[number];

export function isProcessor(kind: TrackKind): kind is ProcessorKind {
  return kind === "gpu" || kind === "npu" || kind === "cpu";
}
