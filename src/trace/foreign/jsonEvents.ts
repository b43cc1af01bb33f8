/** An event as the file has it: nothing in it is checked. */
export type RawEvent = Readonly<Record<string, unknown>>;

export interface JsonEvents {
  readonly events: number;
  /** Events that could not be read and were left out. */
  readonly broken: number;
  /** Where the event begins in which the file ends. A list without its end is none. */
  readonly cutAt?: number;
}

/** Of one event; more nesting or more bytes are left out, so that a file cannot exhaust stack or memory. */
const deepest = 64;
const largest = 1 << 22;
/** Bytes that are parsed at once: few enough that their objects never pile up. */
const batch = 1 << 18;

/**
 * Hands out the events of a Chrome JSON trace, one after another: of a list, or of `traceEvents` in an object. The
 * list may lack its end, as programs that crashed leave it, and have a comma behind the last event.
 * Undefined where the JSON holds no such list.
 */
export function readEvents(bytes: Uint8Array, visit: (event: RawEvent) => void): JsonEvents | undefined {
  const begin = listOfEvents(bytes);
  if (begin === undefined) return undefined;
  return new EventReader(bytes, begin, visit).read();
}

class EventReader {
  private events = 0;
  private broken = 0;
  private readonly decoder = new TextDecoder();
  /** Where the events that wait to be parsed begin and end. */
  private waiting: number[] = [];

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly visit: (event: RawEvent) => void,
  ) {}

  read(): JsonEvents {
    const { bytes } = this;
    let cutAt: number | undefined;
    while (this.at < bytes.length) {
      const byte = bytes[this.at] as number;
      if (byte === Byte.closeList) break;
      if (byte !== Byte.openObject) {
        this.at++;
        continue;
      }
      const end = endOfValue(bytes, this.at);
      if (end.at === undefined) {
        cutAt = this.at;
        break;
      }
      if (end.isTooDeep || end.at - this.at > largest) {
        this.parseWaiting();
        this.broken++;
      } else {
        this.waiting.push(this.at, end.at);
        if (end.at - (this.waiting[0] as number) >= batch) this.parseWaiting();
      }
      this.at = end.at;
    }
    this.parseWaiting();
    return { events: this.events, broken: this.broken, ...(cutAt === undefined ? {} : { cutAt }) };
  }

  /** All at once is several times faster than one by one, which is left for when one of them is not JSON. */
  private parseWaiting(): void {
    const { waiting, bytes } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    try {
      const text = this.decoder.decode(bytes.subarray(waiting[0], waiting[waiting.length - 1]));
      const list = JSON.parse(`[${text}]`) as unknown[];
      if (list.length === waiting.length / 2) {
        for (const event of list) this.take(event as RawEvent);
        return;
      }
    } catch {
      // One by one, below.
    }
    for (let i = 0; i < waiting.length; i += 2) {
      let event: RawEvent;
      try {
        event = JSON.parse(this.decoder.decode(bytes.subarray(waiting[i], waiting[i + 1]))) as RawEvent;
      } catch {
        this.broken++;
        continue;
      }
      this.take(event);
    }
  }

  private take(event: RawEvent): void {
    this.events++;
    this.visit(event);
  }
}

const Byte = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openList: 0x5b,
  backslash: 0x5c,
  closeList: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

/** Behind the bracket that opens the list of events. */
function listOfEvents(bytes: Uint8Array): number | undefined {
  let at = afterSpace(bytes, 0);
  if (bytes[at] === Byte.openList) return at + 1;
  if (bytes[at] !== Byte.openObject) return undefined;
  at++;
  while (at < bytes.length) {
    at = afterSpace(bytes, at);
    if (bytes[at] === Byte.comma) {
      at++;
      continue;
    }
    if (bytes[at] !== Byte.quote) return undefined;
    const keyEnd = endOfText(bytes, at);
    if (keyEnd === undefined) return undefined;
    const isEvents =
      keyEnd - at === 13 && new TextDecoder().decode(bytes.subarray(at + 1, keyEnd - 1)) === "traceEvents";
    at = afterSpace(bytes, keyEnd);
    if (bytes[at] !== Byte.colon) return undefined;
    at = afterSpace(bytes, at + 1);
    if (isEvents) return bytes[at] === Byte.openList ? at + 1 : undefined;
    const end = endOfValue(bytes, at).at;
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

/** Behind spaces, and a byte order mark at the begin. */
export function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at++;
  return at;
}

/** Behind the value that begins at `from`; without `at` where the file ends first. */
function endOfValue(bytes: Uint8Array, from: number): { readonly at?: number; readonly isTooDeep: boolean } {
  let depth = 0;
  let isTooDeep = false;
  for (let at = from; at < bytes.length; at++) {
    switch (bytes[at]) {
      case Byte.quote: {
        const end = endOfText(bytes, at);
        if (end === undefined) return { isTooDeep };
        if (depth === 0) return { at: end, isTooDeep };
        at = end - 1;
        break;
      }
      case Byte.openList:
      case Byte.openObject:
        if (++depth > deepest) isTooDeep = true;
        break;
      case Byte.closeList:
      case Byte.closeObject:
        // A number or word ends where the object around it does.
        if (depth === 0) return { at, isTooDeep };
        if (--depth === 0) return { at: at + 1, isTooDeep };
        break;
      case Byte.comma:
        if (depth === 0) return { at, isTooDeep };
    }
  }
  return { isTooDeep };
}

/** Behind the closing quote of the text that begins at `from`. */
function endOfText(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === Byte.backslash) at++;
    else if (bytes[at] === Byte.quote) return at + 1;
  }
  return undefined;
}
