import { PbfReader } from "pbf";
import { type Result, failure, success } from "../base/result";
import { annotationsAt } from "./annotations";
import { SliceBuilder, sortByRow } from "./columns";
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
  if (decoder.goodPackets === 0) {
    return failure("trace-garbled", `${fileName} holds no packet that can be read; record the run again.`);
  }
  if (!decoder.hasEvents) {
    return failure(
      "trace-foreign",
      `${fileName} is a Perfetto trace without track events, so Tandem has nothing to show; open it in the Perfetto UI.`,
    );
  }
  const trace = decoder.finish();
  return success(foreign === undefined ? trace : { ...trace, damage: foreign.value.damage });
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

  private readonly reader: PbfReader;
  private readonly slices = new SliceBuilder();
  private readonly clocks = new Clocks();
  private readonly sequences = new Map<number, Sequence>();
  private readonly epochs = new Map<number, Epoch[]>();
  private readonly names: string[] = [];
  private readonly nameNumbers = new Map<string, number>();
  private readonly tracks: TrackDescription[] = [];
  private readonly trackNumbers = new Map<number, number>();
  private readonly open: number[][] = [];
  private readonly counters = new Map<number, CounterBuilder>();
  private readonly flows: { id: number; slice: number }[] = [];
  private lastId = -1;
  private lastSequence: Sequence | undefined;
  private header: TraceHeader | undefined;
  private footer: TraceFooter | undefined;
  private firstTime = Infinity;
  private lastTime = -Infinity;
  private cutAt: number | undefined;
  private garbledPackets = 0;
  private unmatchedEnds = 0;
  // Fields of the event being read that few events have.
  private readonly eventFlows: number[] = [];
  private eventText = "";
  private eventValue = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.reader = new PbfReader(bytes);
  }

  readPackets(): void {
    const { reader } = this;
    const { length } = reader;
    while (reader.pos < length) {
      const at = reader.pos;
      const end = this.packetEnd();
      if (end === undefined) {
        // Without a length there is no way to the next packet.
        if (length - at < longestPrefix) this.cutAt = at;
        else this.garbledPackets++;
        return;
      }
      if (end > length) {
        this.cutAt = at;
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
        const slice = this.slices.add(track, open.length, time, this.eventName(nameId, sequence), offset);
        open.push(slice);
        this.addFlows(slice);
        return;
      }
      case EventType.end: {
        const slice = open.pop();
        if (slice === undefined) this.unmatchedEnds++;
        else {
          this.slices.duration[slice] = Math.max(0, time - (this.slices.start[slice] as number));
          this.addFlows(slice);
        }
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

  private addFlows(slice: number): void {
    for (const id of this.eventFlows) this.flows.push({ id, slice });
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
    const { origin, last, unfinished } = this.settleTimes();
    const { slices, rows, moved } = sortByRow(this.slices);
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
      flows: this.flows.map(({ id, slice }): FlowPoint => ({ id, slice: moved[slice] ?? 0 })),
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
   * Ends what never ended and makes times relative to the run, which is as long as its slices: counters and the
   * footer, written after them, do not stretch it. Without slices, all events.
   */
  private settleTimes(): { readonly origin: number; readonly last: number; readonly unfinished: number } {
    const { start, duration, count } = this.slices;
    let [origin, last, unfinished] = [Infinity, -Infinity, 0];
    for (let i = 0; i < count; i++) {
      const from = start[i] as number;
      if ((duration[i] as number) < 0) {
        duration[i] = Math.max(0, this.lastTime - from);
        unfinished++;
      }
      origin = Math.min(origin, from);
      last = Math.max(last, from + (duration[i] as number));
    }
    if (count === 0) [origin, last] = [this.firstTime, this.lastTime];
    if (!Number.isFinite(origin)) [origin, last] = [0, 0];
    for (let i = 0; i < count; i++) start[i] = (start[i] as number) - origin;
    return { origin, last, unfinished };
  }

  private finishCounters(origin: number): Counter[] {
    return [...this.counters].map(([track, { time, value }]) => ({
      track,
      time: Float64Array.from(time, (at) => at - origin),
      value: Float64Array.from(value),
    }));
  }
}
