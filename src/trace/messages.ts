import type { PbfReader } from "pbf";
import { Tag } from "./proto";
import type { ClockReading, Epoch, Sequence } from "./sequence";
import type { TrackDescription } from "./tracks";

// Readers of the messages that come seldom. `at` is the byte of the message's length.

export function readDefaults(reader: PbfReader, at: number, sequence: Sequence): void {
  eachField(reader, at, (tag) => {
    if (tag === Tag.defaultsClock) sequence.defaultClock = reader.readVarint();
    else if (tag === Tag.defaultsEvent) {
      eachField(reader, reader.pos, (field) => {
        if (field === Tag.defaultTrack) {
          sequence.defaultTrack = reader.readVarint();
          sequence.defaultTrackNumber = -1;
        } else reader.skip(field);
      });
    } else reader.skip(tag);
  });
}

export function readClocks(reader: PbfReader, at: number): ClockReading[] {
  const readings: ClockReading[] = [];
  eachField(reader, at, (tag) => {
    if (tag !== Tag.clock) {
      reader.skip(tag);
      return;
    }
    let id = 0;
    let time = 0;
    let incremental = false;
    let multiplier = 1;
    eachField(reader, reader.pos, (field) => {
      if (field === Tag.clockId) id = reader.readVarint();
      else if (field === Tag.clockTime) time = reader.readVarint();
      else if (field === Tag.clockIncremental) incremental = reader.readVarint() !== 0;
      else if (field === Tag.clockMultiplier) multiplier = reader.readVarint();
      else reader.skip(field);
    });
    readings.push({ id, time, incremental, multiplier: multiplier === 0 ? 1 : multiplier });
  });
  return readings;
}

export function readInterned(reader: PbfReader, at: number, epoch: Epoch, nameNumber: (text: string) => number): void {
  eachField(reader, at, (tag) => {
    if (tag !== Tag.internedEventNames && tag !== Tag.internedAnnotationNames && tag !== Tag.internedStrings) {
      reader.skip(tag);
      return;
    }
    let id = 0;
    let text = "";
    eachField(reader, reader.pos, (field) => {
      if (field === Tag.internedId) id = reader.readVarint();
      else if (field === Tag.internedText) text = reader.readString();
      else reader.skip(field);
    });
    if (tag === Tag.internedEventNames) epoch.eventNames.set(id, nameNumber(text));
    else if (tag === Tag.internedAnnotationNames) epoch.annotationNames.set(id, text);
    else epoch.strings.set(id, text);
  });
}

export function readTrackDescriptor(reader: PbfReader, at: number, describe: (uuid: number) => TrackDescription): void {
  const found: Partial<TrackDescription> & { uuid?: number } = {};
  eachField(reader, at, (tag) => {
    switch (tag) {
      case Tag.trackId:
        found.uuid = reader.readVarint();
        break;
      case Tag.trackName:
      case Tag.trackStaticName:
        found.name = reader.readString();
        break;
      case Tag.trackParent:
        found.parent = reader.readVarint();
        break;
      case Tag.trackRank:
        found.rank = reader.readVarint(true);
        break;
      case Tag.trackProcess:
        readName(reader, Tag.processName, found);
        break;
      case Tag.trackThread:
        readName(reader, Tag.threadName, found);
        break;
      case Tag.trackCounter:
        readCounterDescriptor(reader, found);
        break;
      default:
        reader.skip(tag);
    }
  });
  Object.assign(describe(found.uuid ?? 0), found);
}

function readName(reader: PbfReader, nameTag: number, found: Partial<TrackDescription>): void {
  eachField(reader, reader.pos, (field) => {
    if (field === nameTag) {
      const name = reader.readString();
      found.name ??= name;
    } else reader.skip(field);
  });
}

/** CounterDescriptor.Unit: 1 ns, 2 count, 3 bytes. */
const units: readonly string[] = ["", "ns", "", "B"];

function readCounterDescriptor(reader: PbfReader, found: Partial<TrackDescription>): void {
  found.isCounter = true;
  eachField(reader, reader.pos, (field) => {
    if (field === Tag.counterUnit) found.unit = units[reader.readVarint()] ?? "";
    else if (field === Tag.counterUnitName) found.unit = reader.readString();
    else if (field === Tag.counterMultiplier) found.unitMultiplier = reader.readVarint() || 1;
    else reader.skip(field);
  });
}

function eachField(reader: PbfReader, at: number, read: (tag: number) => void): void {
  reader.pos = at;
  const size = reader.readVarint();
  const end = reader.pos + size;
  while (reader.pos < end) read(reader.readVarint());
  if (reader.pos !== end) throw new Error("a field passes the end of its message");
}
