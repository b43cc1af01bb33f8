import { randomFillSync } from "node:crypto";

/** What a virtual phone can be told to do wrong. Byte counts are of stream payloads, counted from when the fault is set. */
export interface FaultOptions {
  /** Break the connection after this many bytes have come from the host; once. */
  readonly dropAfterReceived?: number;
  /** Break the connection after this many bytes have gone to the host; once. */
  readonly dropAfterSent?: number;
  /** Both directions together. */
  readonly bytesPerSecond?: number;
  /** SIGKILL every running agent after this many bytes have come from the host; once. */
  readonly killAgentAfterReceived?: number;
  /** Everything sent on a stream after this many bytes is random. */
  readonly garbageAfterSent?: number;
  /** Ask for authorisation for ever, as a phone does while nobody taps Allow. */
  readonly refuseAuthorisation?: boolean;
  /** Take connections and never answer. */
  readonly offline?: boolean;
}

export type FaultAction = "none" | "drop" | "kill-agent";

/** The faults of one phone; they may be set and cleared while it runs. */
export class Faults {
  private options: FaultOptions = {};
  private receivedBytes = 0;
  private sentBytes = 0;
  private free = 0;

  constructor(options: FaultOptions = {}) {
    this.set(options);
  }

  get refuseAuthorisation(): boolean {
    return this.options.refuseAuthorisation === true;
  }

  get offline(): boolean {
    return this.options.offline === true;
  }

  /** Replaces all faults; counting starts again. */
  set(options: FaultOptions): void {
    this.options = options;
    this.receivedBytes = 0;
    this.sentBytes = 0;
  }

  clear(): void {
    this.set({});
  }

  /** Counts bytes from the host and says what must happen now. */
  received(bytes: number): FaultAction {
    this.receivedBytes += bytes;
    const { dropAfterReceived, killAgentAfterReceived, ...rest } = this.options;
    if (dropAfterReceived !== undefined && this.receivedBytes >= dropAfterReceived) {
      this.options = { ...rest, ...(killAgentAfterReceived === undefined ? {} : { killAgentAfterReceived }) };
      return "drop";
    }
    if (killAgentAfterReceived !== undefined && this.receivedBytes >= killAgentAfterReceived) {
      this.options = { ...rest, ...(dropAfterReceived === undefined ? {} : { dropAfterReceived }) };
      return "kill-agent";
    }
    return "none";
  }

  /** Counts bytes to the host; gives what shall really be sent, and whether the connection breaks then. */
  sent(payload: Buffer): { readonly payload: Buffer; readonly drop: boolean } {
    const before = this.sentBytes;
    this.sentBytes += payload.length;
    const { dropAfterSent, ...rest } = this.options;
    if (dropAfterSent !== undefined && this.sentBytes >= dropAfterSent) {
      this.options = rest;
      return { payload: payload.subarray(0, Math.max(0, dropAfterSent - before)), drop: true };
    }
    const garbageFrom = this.options.garbageAfterSent;
    if (garbageFrom === undefined || this.sentBytes <= garbageFrom) return { payload, drop: false };
    const changed = Buffer.from(payload);
    randomFillSync(changed, Math.max(0, garbageFrom - before));
    return { payload: changed, drop: false };
  }

  /** Milliseconds to wait before these bytes may pass. */
  pause(bytes: number, nowMs: number): number {
    const rate = this.options.bytesPerSecond;
    if (rate === undefined || rate <= 0) return 0;
    this.free = Math.max(this.free, nowMs) + (bytes / rate) * 1000;
    return this.free - nowMs;
  }
}
