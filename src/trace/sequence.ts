import { bootClock } from "./proto";

/** Interned tables of one sequence, valid from a byte offset until the sequence clears its state. */
export interface Epoch {
  readonly from: number;
  /** Interned id to index into the trace's names. */
  readonly eventNames: Map<number, number>;
  readonly annotationNames: Map<number, string>;
  readonly strings: Map<number, string>;
}

/** A clock of a sequence, or a global one: `boot time = value * multiplier + offset`. */
interface Clock {
  incremental: boolean;
  multiplier: number;
  offset: number;
  /** Of an incremental clock: the sum so far, in its own unit. */
  value: number;
}

export interface ClockReading {
  readonly id: number;
  readonly time: number;
  readonly incremental: boolean;
  readonly multiplier: number;
}

/** What later packets of a sequence leave out because an earlier one said it. */
export interface Sequence {
  epoch: Epoch;
  clocks: Map<number, Clock>;
  /** The clock that its last packet used, which the next one mostly does, too. */
  lastClock: Clock | undefined;
  lastClockId: number;
  defaultClock: number;
  defaultTrack: number;
  /** Index of the default track, −1 while it is not known. */
  defaultTrackNumber: number;
}

export function newSequence(offset: number): Sequence {
  return {
    epoch: { from: offset, eventNames: new Map(), annotationNames: new Map(), strings: new Map() },
    clocks: new Map(),
    lastClock: undefined,
    lastClockId: -1,
    defaultClock: bootClock,
    defaultTrack: 0,
    defaultTrackNumber: -1,
  };
}

/** Clocks 64 to 127 belong to a sequence, all others to the whole trace. */
const belongsToSequence = (id: number): boolean => 64 <= id && id < 128;

/**
 * Converts packet timestamps to boot time relative to `origin`, the first time that was seen: so sums of deltas
 * stay exact even where absolute times are beyond 2^53 ns.
 */
export class Clocks {
  private readonly global = new Map<number, Clock>();
  /** Boot time that resolved times are relative to; undefined before the first one. */
  origin: number | undefined;

  /** Takes a snapshot: clocks that were read at the same moment. */
  snapshot(sequence: Sequence, readings: readonly ClockReading[]): void {
    sequence.lastClockId = -1;
    const boot = readings.find((reading) => reading.id === bootClock)?.time;
    const at = boot === undefined ? undefined : this.relative(boot);
    for (const { id, time, incremental, multiplier } of readings) {
      if (id === bootClock) continue;
      const clocks = belongsToSequence(id) ? sequence.clocks : this.global;
      clocks.set(
        id,
        incremental
          ? { incremental, multiplier, offset: at ?? this.relative(time * multiplier), value: 0 }
          : {
              incremental,
              multiplier,
              offset: at === undefined ? -this.base(time * multiplier) : at - time * multiplier,
              value: 0,
            },
      );
    }
  }

  /** ns since the origin of a packet's timestamp. */
  resolve(sequence: Sequence, id: number, timestamp: number): number {
    if (id === bootClock) return this.relative(timestamp);
    // Those of the whole trace may be set anew by any sequence.
    let clock = sequence.lastClockId === id ? sequence.lastClock : undefined;
    if (clock === undefined) {
      clock = (belongsToSequence(id) ? sequence.clocks : this.global).get(id);
      if (clock === undefined) return this.relative(timestamp);
      if (belongsToSequence(id)) [sequence.lastClockId, sequence.lastClock] = [id, clock];
    }
    if (!clock.incremental) return timestamp * clock.multiplier + clock.offset;
    clock.value += timestamp;
    return clock.value * clock.multiplier + clock.offset;
  }

  private relative(boot: number): number {
    return boot - this.base(boot);
  }

  private base(first: number): number {
    this.origin ??= first;
    return this.origin;
  }
}
