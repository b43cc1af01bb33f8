import { PbfReader } from "pbf";
import { Tag } from "./proto";
import type { Epoch } from "./sequence";
import type { Trace } from "./trace";

export type AnnotationValue =
  string | number | boolean | readonly AnnotationValue[] | { readonly [name: string]: AnnotationValue };

export interface Annotation {
  readonly name: string;
  readonly value: AnnotationValue;
}

/** Annotations of a slice, read from the file now; none where the packet cannot be read. */
export function annotationsOf(trace: Trace, slice: number): Annotation[] {
  const offset = trace.slices.packet[slice];
  return offset === undefined ? [] : annotationsAt(trace.bytes, offset, trace.epochs);
}

/** @param offset where the packet's payload begins, after its length. */
export function annotationsAt(
  bytes: Uint8Array,
  offset: number,
  epochs: ReadonlyMap<number, readonly Epoch[]>,
): Annotation[] {
  const reader = new PbfReader(bytes);
  try {
    const packet = locateEvent(reader, offset);
    const epoch = epochAt(epochs.get(packet.sequence), offset);
    const found: Annotation[] = [];
    reader.pos = packet.eventStart;
    while (reader.pos < packet.eventEnd) {
      const tag = reader.readVarint();
      if (tag === Tag.eventAnnotation) {
        const end = reader.readVarint() + reader.pos;
        found.push(readAnnotation(reader, end, epoch));
      } else reader.skip(tag);
    }
    return found;
  } catch {
    return []; // The slice stays; what its packet said is lost.
  }
}

export interface EventPlace {
  sequence: number;
  eventStart: number;
  eventEnd: number;
}

/** Finds the track event and the sequence of the packet whose payload begins at `offset`. */
export function locateEvent(reader: PbfReader, offset: number): EventPlace {
  // A packet with a track event has no field 1, so that tag is the next packet's: the end of this one.
  const place: EventPlace = { sequence: 0, eventStart: 0, eventEnd: 0 };
  reader.pos = offset;
  while (reader.pos < reader.length) {
    const tag = reader.readVarint();
    if (tag === Tag.tracePacket) break;
    if (tag === Tag.packetSequence) place.sequence = reader.readVarint();
    else if (tag === Tag.packetTrackEvent) {
      const length = reader.readVarint();
      place.eventStart = reader.pos;
      place.eventEnd = reader.pos = reader.pos + length;
    } else reader.skip(tag);
    if (place.eventEnd !== 0 && place.sequence !== 0) break;
  }
  return place;
}

/** The tables that held at a byte of the file. */
export function epochAt(epochs: readonly Epoch[] | undefined, offset: number): Epoch | undefined {
  if (epochs === undefined) return undefined;
  for (let i = epochs.length - 1; i >= 0; i--) if ((epochs[i]?.from ?? 0) <= offset) return epochs[i];
  return undefined;
}

function readAnnotation(reader: PbfReader, end: number, epoch: Epoch | undefined): Annotation {
  let name = "";
  let value: AnnotationValue = "";
  const entries: Annotation[] = [];
  const items: AnnotationValue[] = [];
  while (reader.pos < end) {
    const tag = reader.readVarint();
    switch (tag) {
      case Tag.annotationNameId:
        name = epoch?.annotationNames.get(reader.readVarint()) ?? "";
        break;
      case Tag.annotationName:
        name = reader.readString();
        break;
      case Tag.annotationBool:
        value = reader.readVarint() !== 0;
        break;
      case Tag.annotationUint:
      case Tag.annotationPointer:
        value = reader.readVarint();
        break;
      case Tag.annotationInt:
        value = reader.readVarint(true);
        break;
      case Tag.annotationDouble:
        value = reader.readDouble();
        break;
      case Tag.annotationString:
      case Tag.annotationJson:
        value = reader.readString();
        break;
      case Tag.annotationStringId:
        value = epoch?.strings.get(reader.readVarint()) ?? "";
        break;
      case Tag.annotationEntries:
        entries.push(readAnnotation(reader, reader.readVarint() + reader.pos, epoch));
        break;
      case Tag.annotationItems:
        items.push(readAnnotation(reader, reader.readVarint() + reader.pos, epoch).value);
        break;
      default:
        reader.skip(tag);
    }
  }
  if (entries.length > 0) value = Object.fromEntries(entries.map((entry) => [entry.name, entry.value]));
  if (items.length > 0) value = items;
  return { name, value };
}
