import type { Damage } from "../trace";
import { EventType, Tag, stateCleared } from "../proto";
import { AnnotationEncoder } from "./annotations";
import { ByteWriter } from "./bytes";
import { layOut } from "./layOut";
import { Texts } from "./texts";

/** A flow that passes through whatever slice of a track runs at a time, or begins after it. */
interface FlowPoint {
  readonly track: number;
  readonly at: number;
  readonly id: number;
  readonly binding: "enclosing" | "next";
}

/** A foreign trace as a Perfetto trace, and what of it was lost. */
export interface ForeignRead {
  readonly bytes: Uint8Array;
  readonly damage: Damage;
}

interface CounterTrack {
  readonly name: string;
  readonly time: number[];
  readonly value: number[];
}

/** More tracks than anyone scrolls through; slices of further ones share the last. */
const mostTracks = 1024;

/**
 * Collects slices, counters and flows of a foreign trace and writes them as a Perfetto trace, so that everything else
 * reads them as it reads ours. Slices may come in any order and overlap. Times in ns, from any zero.
 */
export class ForeignTrace {
  readonly annotations = new AnnotationEncoder();
  count = 0;
  /** End of a slice that has not ended yet. */
  readonly open = -1;
  start = new Float64Array(1 << 12);
  end = new Float64Array(1 << 12);
  private name = new Uint32Array(1 << 12);
  private track = new Uint32Array(1 << 12);
  /** Where the slice's annotations begin and end. */
  private from = new Uint32Array(1 << 12);
  private to = new Uint32Array(1 << 12);
  private readonly names = new Texts();
  private readonly tracks: string[] = [];
  private readonly counters = new Map<string, CounterTrack>();
  private readonly flows: FlowPoint[] = [];
  private first = Infinity;
  private last = -Infinity;

  /** A new track; its number. */
  addTrack(name: string): number {
    if (this.tracks.length < mostTracks) return this.tracks.push(name) - 1;
    this.tracks[mostTracks - 1] = "More threads";
    return mostTracks - 1;
  }

  rename(track: number, name: string): void {
    if (track < mostTracks - 1 || this.tracks.length < mostTracks) this.tracks[track] = name;
  }

  trackName(track: number): string {
    return this.tracks[track] ?? "";
  }

  nameNumber(name: string): number {
    return this.names.numberOf(name);
  }

  nameOf(slice: number): number {
    return this.name[slice] ?? 0;
  }

  addSlice(
    track: number,
    start: number,
    end: number,
    name: number,
    annotations?: Readonly<Record<string, unknown>>,
  ): number {
    if (this.count === this.start.length) this.grow();
    const slice = this.count++;
    this.start[slice] = start;
    this.end[slice] = end;
    this.name[slice] = name;
    this.track[slice] = track;
    if (annotations !== undefined) this.annotate(slice, annotations);
    this.saw(start);
    if (end !== this.open) this.saw(end);
    return slice;
  }

  endSlice(slice: number, end: number): void {
    this.end[slice] = Math.max(end, this.start[slice] as number);
    this.saw(end);
  }

  /** Says what a slice carries, unless that was said before. */
  annotate(slice: number, annotations: Readonly<Record<string, unknown>>): void {
    if ((this.to[slice] as number) > (this.from[slice] as number)) return;
    this.from[slice] = this.annotations.encode(annotations);
    this.to[slice] = this.annotations.length;
  }

  addCounter(name: string, time: number, value: number): void {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      if (this.counters.size >= mostTracks) return;
      this.counters.set(name, (counter = { name, time: [], value: [] }));
    }
    counter.time.push(time);
    counter.value.push(value);
    this.saw(time);
  }

  addFlow(track: number, at: number, id: number, binding: FlowPoint["binding"]): void {
    this.flows.push({ track, at, id, binding });
  }

  /** An end that no slice began. */
  unmatchedEnds = 0;

  get isEmpty(): boolean {
    return this.count === 0 && this.counters.size === 0;
  }

  /** The Perfetto trace. @param broken events that could not be read; @param cutAt where the file ends in one. */
  finish(broken = 0, cutAt?: number): ForeignRead {
    let unfinished = 0;
    for (let slice = 0; slice < this.count; slice++) {
      if (this.end[slice] !== this.open) continue;
      this.end[slice] = Math.max(this.last, this.start[slice] as number);
      unfinished++;
    }
    const { unmatchedEnds } = this;
    return {
      bytes: this.encode(),
      damage: { garbledPackets: broken, unfinished, unmatchedEnds, ...(cutAt === undefined ? {} : { cutAt }) },
    };
  }

  private encode(): Uint8Array {
    const layout = layOut(
      { count: this.count, start: this.start, end: this.end, track: this.track },
      this.tracks.length,
    );
    const flows = layout.bind(this.flows);
    const out = new ByteWriter(1 << 16);
    this.writeTexts(out);
    let uuid = 0;
    for (const lane of layout.lanes) {
      const name = this.tracks[lane.track] ?? "";
      this.writeTrack(out, ++uuid, lane.number === 0 ? name : `${name} (${String(lane.number + 1)})`, false);
      this.writeSlices(out, uuid, layout.order.subarray(lane.first, lane.end), flows);
    }
    for (const { name, time, value } of this.counters.values()) {
      this.writeTrack(out, ++uuid, name, true);
      const order = Uint32Array.from(time, (_, i) => i).sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0) || a - b);
      for (const i of order) this.writeCounter(out, uuid, time[i] ?? 0, value[i] ?? 0);
    }
    return out.view();
  }

  private saw(time: number): void {
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
  }

  private writeTexts(out: ByteWriter): void {
    const interned = new ByteWriter(1 << 12);
    const entry = new ByteWriter(256);
    const table = (tag: number, texts: Texts): void => {
      texts.list.forEach((text, index) => {
        entry.length = 0;
        entry.number(Tag.internedId, index + 1);
        entry.text(Tag.internedText, text);
        interned.message(tag, entry.view());
      });
    };
    table(Tag.internedEventNames, this.names);
    table(Tag.internedAnnotationNames, this.annotations.names);
    table(Tag.internedStrings, this.annotations.strings);
    const packet = new ByteWriter(1 << 12);
    packet.number(Tag.packetSequence, 1);
    packet.number(Tag.packetFlags, stateCleared);
    packet.message(Tag.packetInterned, interned.view());
    out.message(Tag.tracePacket, packet.view());
  }

  private readonly packet = new ByteWriter(256);
  private readonly event = new ByteWriter(256);

  private writeTrack(out: ByteWriter, uuid: number, name: string, isCounter: boolean): void {
    const { packet, event } = this;
    packet.length = event.length = 0;
    event.number(Tag.trackId, uuid);
    event.text(Tag.trackName, name);
    if (isCounter) event.message(Tag.trackCounter, new Uint8Array());
    packet.number(Tag.packetSequence, 1);
    packet.message(Tag.packetTrack, event.view());
    out.message(Tag.tracePacket, packet.view());
  }

  /** @param order slices of one lane: begun earlier or around others first, none overlapping in part. */
  private writeSlices(out: ByteWriter, uuid: number, order: Uint32Array, flows: ReadonlyMap<number, number[]>): void {
    const ends: number[] = [];
    for (const slice of order) {
      const start = this.start[slice] as number;
      while (ends.length > 0 && (ends[ends.length - 1] as number) <= start) this.writeEnd(out, uuid, ends.pop() ?? 0);
      const { event } = this;
      event.length = 0;
      event.number(Tag.eventType, EventType.begin);
      event.number(Tag.eventNameId, this.name[slice] as number);
      event.number(Tag.eventTrack, uuid);
      event.raw(this.annotations.view(this.from[slice] as number, this.to[slice] as number));
      for (const id of flows.get(slice) ?? []) event.fixed64(Tag.eventFlow, id);
      this.write(out, start);
      ends.push(this.end[slice] as number);
    }
    while (ends.length > 0) this.writeEnd(out, uuid, ends.pop() ?? 0);
  }

  private writeEnd(out: ByteWriter, uuid: number, end: number): void {
    this.event.length = 0;
    this.event.number(Tag.eventType, EventType.end);
    this.event.number(Tag.eventTrack, uuid);
    this.write(out, end);
  }

  private writeCounter(out: ByteWriter, uuid: number, time: number, value: number): void {
    this.event.length = 0;
    this.event.number(Tag.eventType, EventType.counter);
    this.event.number(Tag.eventTrack, uuid);
    this.event.double(Tag.eventDoubleCounter, value);
    this.write(out, time);
  }

  /** Times are written from the trace's first one on. */
  private write(out: ByteWriter, time: number): void {
    const { packet, event } = this;
    packet.length = 0;
    packet.number(Tag.packetTimestamp, Math.round(time - this.first));
    packet.number(Tag.packetSequence, 1);
    packet.message(Tag.packetTrackEvent, event.view());
    out.message(Tag.tracePacket, packet.view());
  }

  private grow(): void {
    const size = this.start.length * 2;
    const larger = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.start = larger(new Float64Array(size), this.start);
    this.end = larger(new Float64Array(size), this.end);
    this.name = larger(new Uint32Array(size), this.name);
    this.track = larger(new Uint32Array(size), this.track);
    this.from = larger(new Uint32Array(size), this.from);
    this.to = larger(new Uint32Array(size), this.to);
  }
}
