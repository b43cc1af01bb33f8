import { PbfReader } from "pbf";
import { type Result, failure, success } from "../base/result";
import { annotationsAt } from "./annotations";
import { type RowBuilder, SliceBuilder, joinRows } from "./columns";
import { readClocks, readDefaults, readInterned, readTrackDescriptor } from "./messages";
import { type TraceFooter, type TraceHeader, parseFooter, parseHeader } from "./metadata";
import { describeNames } from "./names";
import { EventType, Tag, stateCleared } from "./proto";
import { Clocks, type Epoch, type Sequence, newSequence } from "./sequence";
import { readForeign } from "./foreign/read";
import type { Counter, FlowPoint, Trace } from "./trace";
import { type TrackDescription, describeTracks, newTrack } from "./tracks";

/**
 * Decodes a Perfetto trace into columns. Reads what our own writer makes and, of foreign traces, their track
 * events; Chrome's and llama.cpp's formats (foreign/read.ts) by way of a Perfetto trace, which `Trace.bytes` then is.
 * What a damaged file still holds is kept, and `Trace.damage` says what is missing.
 * Fails with `trace-foreign` (not a trace, or nothing in it that can be shown) or `trace-garbled`.
 */
export function decodeTrace(bytes: Uint8Array, fileName = "This file"): Result<Trace> {
  const foreign = readForeign(bytes, fileName);
  if (foreign?.ok === false) return foreign;
  const decoder = new Decoder(foreign?.value.bytes ?? bytes);
  decoder.readPackets();
  const trace = finishTrace(decoder, fileName);
  return foreign === undefined || !trace.ok ? trace : success({ ...trace.value, damage: foreign.value.damage });
}

/**
 * Decodes a trace while its bytes arrive, so that reading and decoding take no longer than the longer of the two; also
 * a trace that grows: what came in between two calls of `trace` is all that is read. Fails as `decodeTrace` does.
 */
export class TraceReader {
  private bytes: Uint8Array;
  private filled = 0;
  private decoder: Decoder | undefined;

  /** @param expectedBytes of the whole file, where they are known: a hint. */
  constructor(
    private readonly fileName: string,
    expectedBytes = 0,
  ) {
    this.bytes = new Uint8Array(Math.max(expectedBytes, 1 << 16));
  }

  get size(): number {
    return this.filled;
  }

  push(chunk: Uint8Array): void {
    const needed = this.filled + chunk.length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.filled));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.filled);
    this.filled = needed;
    // Another format's text is read as a whole, at the end.
    if (this.bytes[0] !== Tag.tracePacket) return;
    const seen = this.bytes.subarray(0, this.filled);
    if (this.decoder === undefined) this.decoder = new Decoder(seen);
    else this.decoder.extend(seen);
    this.decoder.readPackets(true);
  }

  /** What came until now; slices that have not ended reach to its end. More may be pushed afterwards. */
  trace(): Result<Trace> {
    if (this.decoder === undefined) return decodeTrace(this.bytes.subarray(0, this.filled), this.fileName);
    this.decoder.readPackets();
    return finishTrace(this.decoder, this.fileName);
  }
}

function finishTrace(decoder: Decoder, fileName: string): Result<Trace> {
  if (decoder.goodPackets === 0) {
    return failure("trace-garbled", `${fileName} holds no packet that can be read; record the run again.`);
  }
  if (!decoder.hasEvents) {
    return failure(
      "trace-foreign",
      `${fileName} is a Perfetto trace without track events, so Tandem has nothing to show; open it in the Perfetto UI.`,
    );
  }
  return success(decoder.finish());
}

/** Bytes of a packet's tag and length. */
const longestPrefix = 11;

interface CounterBuilder {
  readonly time: number[];
  readonly value: number[];
}

class Decoder {
  goodPackets = 0;
  hasEvents = false;

  private reader: PbfReader;
  private readonly slices = new SliceBuilder();
  private readonly clocks = new Clocks();
  private readonly sequences = new Map<number, Sequence>();
  private readonly epochs = new Map<number, Epoch[]>();
  private readonly names: string[] = [];
  private readonly nameNumbers = new Map<string, number>();
  private readonly tracks: TrackDescription[] = [];
  private readonly trackNumbers = new Map<number, number>();
  /** Of each track the places in their rows of the slices that have not ended. */
  private readonly open: number[][] = [];
  private readonly counters = new Map<number, CounterBuilder>();
  private readonly flows: { readonly id: number; readonly row: RowBuilder; readonly place: number }[] = [];
  private lastId = -1;
  private lastSequence: Sequence | undefined;
  private header: TraceHeader | undefined;
  private footer: TraceFooter | undefined;
  private firstTime = Infinity;
  private lastTime = -Infinity;
  private cutAt: number | undefined;
  private garbledPackets = 0;
  private isLost = false;
  private unmatchedEnds = 0;
  // Fields of the event being read that few events have.
  private readonly eventFlows: number[] = [];
  private eventText = "";
  private eventValue = 0;

  constructor(private bytes: Uint8Array) {
    this.reader = new PbfReader(bytes);
  }

  /** The same file, of which more has come. */
  extend(bytes: Uint8Array): void {
    const { pos } = this.reader;
    this.bytes = bytes;
    this.reader = new PbfReader(bytes);
    this.reader.pos = pos;
  }

  /** @param more whether the file goes on: a packet that is not whole yet is left for the next call. */
  readPackets(more = false): void {
    const { reader } = this;
    const { length } = reader;
    this.cutAt = undefined;
    while (reader.pos < length) {
      const at = reader.pos;
      if (more && length - at < longestPrefix) return;
      const end = this.packetEnd();
      if (end === undefined) {
        // Without a length there is no way to the next packet.
        if (length - at < longestPrefix) this.cutAt = at;
        else if (!this.isLost) {
          this.isLost = true;
          this.garbledPackets++;
        }
        reader.pos = at;
        return;
      }
      if (end > length) {
        this.cutAt = at;
        reader.pos = at;
        return;
      }
      try {
        this.readPacket(end);
        if (reader.pos === end) this.goodPackets++;
        else this.garbledPackets++;
      } catch {
        this.garbledPackets++;
      }
      reader.pos = end;
    }
  }

  /** Reads up to the payload of a packet; a field of another number counts as a packet without events. */
  private packetEnd(): number | undefined {
    const { reader } = this;
    try {
      const tag = reader.readVarint();
      if (tag >> 3 === 0) return undefined;
      if (tag === Tag.tracePacket) return reader.readVarint() + reader.pos;
      reader.skip(tag);
      return reader.pos;
    } catch {
      return undefined;
    }
  }

  private readPacket(end: number): void {
    const { reader } = this;
    const offset = reader.pos;
    let timestamp = 0;
    let sequenceId = 0;
    let flags = 0;
    let clockId = 0;
    let event = 0;
    let clocks = 0;
    let defaults = 0;
    let interned = 0;
    let track = 0;
    let type = 0;
    let nameId = 0;
    let eventTrack = -1;
    while (reader.pos < end) {
      const tag = reader.readVarint();
      switch (tag) {
        case Tag.packetTimestamp:
          // Signed: a clock that steps back must not throw the view to the end of time.
          timestamp = reader.readVarint(true);
          break;
        case Tag.packetSequence:
          sequenceId = reader.readVarint();
          break;
        case Tag.packetTrackEvent: {
          const eventEnd = reader.readVarint() + reader.pos;
          event = reader.pos;
          this.eventText = "";
          if (this.eventFlows.length > 0) this.eventFlows.length = 0;
          while (reader.pos < eventEnd) {
            const field = reader.readVarint();
            switch (field) {
              case Tag.eventType:
                type = reader.readVarint();
                break;
              case Tag.eventNameId:
                nameId = reader.readVarint();
                break;
              case Tag.eventTrack:
                eventTrack = reader.readVarint();
                break;
              case Tag.eventName:
                this.eventText = reader.readString();
                break;
              case Tag.eventCounter:
                this.eventValue = reader.readVarint(true);
                break;
              case Tag.eventDoubleCounter:
                this.eventValue = reader.readDouble();
                break;
              case Tag.eventFlow:
              case Tag.eventLastFlow:
                this.eventFlows.push(reader.readFixed64());
                break;
              default:
                reader.skip(field);
            }
          }
          break;
        }
        case Tag.packetFlags:
          flags = reader.readVarint();
          break;
        case Tag.packetStateCleared:
          if (reader.readVarint() !== 0) flags |= stateCleared;
          break;
        case Tag.packetClockId:
          clockId = reader.readVarint();
          break;
        // What follows is read when the packet's sequence is known.
        case Tag.packetClocks:
          clocks = reader.pos;
          reader.skip(tag);
          break;
        case Tag.packetDefaults:
          defaults = reader.pos;
          reader.skip(tag);
          break;
        case Tag.packetInterned:
          interned = reader.pos;
          reader.skip(tag);
          break;
        case Tag.packetTrack:
          track = reader.pos;
          reader.skip(tag);
          break;
        default:
          reader.skip(tag);
      }
    }
    if (reader.pos !== end) return;

    // Packets of a sequence come in long stretches.
    let sequence = sequenceId === this.lastId ? this.lastSequence : this.sequences.get(sequenceId);
    if (sequence === undefined || (flags & stateCleared) !== 0) sequence = this.clear(sequenceId, offset);
    this.lastId = sequenceId;
    this.lastSequence = sequence;
    if (defaults !== 0) readDefaults(reader, defaults, sequence);
    if (clocks !== 0) this.clocks.snapshot(sequence, readClocks(reader, clocks));
    if (interned !== 0) readInterned(reader, interned, sequence.epoch, (text) => this.nameNumber(text));
    if (track !== 0) readTrackDescriptor(reader, track, (uuid) => this.describe(uuid));
    reader.pos = end;
    if (clockId === 0) clockId = sequence.defaultClock;
    if (event === 0 && timestamp === 0) return;
    // Every packet with a timestamp moves its sequence's incremental clock, with an event or without.
    const time = this.clocks.resolve(sequence, clockId, timestamp);
    if (event === 0 || type === 0) return;
    let onTrack = sequence.defaultTrackNumber;
    if (eventTrack >= 0) onTrack = this.trackNumber(eventTrack);
    else if (onTrack < 0) onTrack = sequence.defaultTrackNumber = this.trackNumber(sequence.defaultTrack);
    this.addEvent(type, time, onTrack, nameId, sequence, offset);
  }

  private addEvent(
    type: number,
    time: number,
    track: number,
    nameId: number,
    sequence: Sequence,
    offset: number,
  ): void {
    this.hasEvents = true;
    if (time < this.firstTime) this.firstTime = time;
    if (time > this.lastTime) this.lastTime = time;
    const open = (this.open[track] ??= []);
    switch (type) {
      case EventType.begin: {
        const row = this.slices.row(track, open.length);
        const place = row.add(time, this.eventName(nameId, sequence), offset);
        open.push(place);
        if (this.eventFlows.length > 0) this.addFlows(row, place);
        return;
      }
      case EventType.end: {
        const place = open.pop();
        if (place === undefined) {
          this.unmatchedEnds++;
          return;
        }
        const row = this.slices.row(track, open.length);
        row.duration[place] = Math.max(0, time - (row.start[place] as number));
        if (this.eventFlows.length > 0) this.addFlows(row, place);
        return;
      }
      case EventType.counter: {
        let counter = this.counters.get(track);
        if (counter === undefined) this.counters.set(track, (counter = { time: [], value: [] }));
        counter.time.push(time);
        counter.value.push(this.eventValue * (this.tracks[track]?.unitMultiplier ?? 1));
        return;
      }
      case EventType.instant:
        this.addInstant(this.names[this.eventName(nameId, sequence)] ?? "", offset);
    }
  }

  private addInstant(name: string, offset: number): void {
    if (name !== "tandem.header" && name !== "tandem.footer") return;
    const json = annotationsAt(this.bytes, offset, this.epochs).find((annotation) => annotation.name === "json")?.value;
    if (typeof json !== "string") return;
    if (name === "tandem.header") this.header = parseHeader(json);
    else this.footer = parseFooter(json);
  }

  private addFlows(row: RowBuilder, place: number): void {
    for (const id of this.eventFlows) this.flows.push({ id, row, place });
  }

  private eventName(id: number, sequence: Sequence): number {
    if (this.eventText !== "") return this.nameNumber(this.eventText);
    return sequence.epoch.eventNames.get(id) ?? this.nameNumber("");
  }

  private clear(id: number, offset: number): Sequence {
    const sequence = newSequence(offset);
    this.sequences.set(id, sequence);
    const known = this.epochs.get(id);
    if (known === undefined) this.epochs.set(id, [sequence.epoch]);
    else known.push(sequence.epoch);
    return sequence;
  }

  private nameNumber(text: string): number {
    const known = this.nameNumbers.get(text);
    if (known !== undefined) return known;
    this.nameNumbers.set(text, this.names.length);
    return this.names.push(text) - 1;
  }

  private describe(uuid: number): TrackDescription {
    const number = this.trackNumber(uuid);
    return (this.tracks[number] ??= newTrack(uuid));
  }

  private trackNumber(uuid: number): number {
    const known = this.trackNumbers.get(uuid);
    if (known !== undefined) return known;
    this.trackNumbers.set(uuid, this.tracks.length);
    return this.tracks.push(newTrack(uuid)) - 1;
  }

  finish(): Trace {
    const { origin, last, unfinished } = this.extent();
    const { slices, rows, indexOf } = joinRows(this.slices, origin);
    endUnfinished(slices, this.lastTime - origin);
    const tracks = describeTracks(this.tracks, rows, new Set(this.counters.keys()));
    const annotations = (slice: number): ReturnType<typeof annotationsAt> =>
      annotationsAt(this.bytes, slices.packet[slice] ?? 0, this.epochs);
    return {
      bytes: this.bytes,
      durationNs: last - origin,
      originNs: (this.clocks.origin ?? 0) + origin,
      slices,
      rows,
      tracks,
      names: describeNames(this.names, slices, rows, tracks, annotations),
      counters: this.finishCounters(origin),
      flows: this.flows.map(({ id, row, place }): FlowPoint => ({ id, slice: indexOf(row, place) })),
      header: this.header,
      footer: this.footer,
      damage: {
        ...(this.cutAt === undefined ? {} : { cutAt: this.cutAt }),
        garbledPackets: this.garbledPackets,
        unfinished,
        unmatchedEnds: this.unmatchedEnds,
      },
      epochs: this.epochs,
    };
  }

  /**
   * The run, which is as long as its slices: counters and the footer, written after them, do not stretch it. Slices
   * that never ended reach to the last event. Without slices, all events.
   */
  private extent(): { readonly origin: number; readonly last: number; readonly unfinished: number } {
    let [origin, last, unfinished] = [Infinity, -Infinity, 0];
    for (const { count, start, duration } of this.slices.rows) {
      for (let i = 0; i < count; i++) {
        const from = start[i] as number;
        const took = duration[i] as number;
        if (took < 0) unfinished++;
        if (from < origin) origin = from;
        const end = took < 0 ? Math.max(from, this.lastTime) : from + took;
        if (end > last) last = end;
      }
    }
    if (origin === Infinity) [origin, last] = [this.firstTime, this.lastTime];
    return Number.isFinite(origin) ? { origin, last, unfinished } : { origin: 0, last: 0, unfinished };
  }

  private finishCounters(origin: number): Counter[] {
    return [...this.counters].map(([track, { time, value }]) => ({
      track,
      time: Float64Array.from(time, (at) => at - origin),
      value: Float64Array.from(value),
    }));
  }
}

function endUnfinished({ count, start, duration }: Trace["slices"], end: number): void {
  for (let i = 0; i < count; i++) {
    if ((duration[i] as number) < 0) duration[i] = Math.max(0, end - (start[i] as number));
  }
}
