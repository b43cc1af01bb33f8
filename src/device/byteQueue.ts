/** Bytes that arrive in pieces of any size and are taken in pieces of the size that a protocol wants. */
export class ByteQueue {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private ended = false;
  private wake: (() => void) | undefined;

  /** Bytes that nobody has taken yet. */
  get length(): number {
    return this.size;
  }

  push(chunk: Buffer): void {
    if (this.ended || chunk.length === 0) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
    this.notify();
  }

  /** No more bytes will come. What is left can still be taken. */
  end(): void {
    this.ended = true;
    this.notify();
  }

  /** Exactly `count` bytes, or undefined when the queue ends before that many have come. One taker at a time. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.size < count) {
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.cut(count);
  }

  /** Whatever is there, at least one byte, or undefined at the end. */
  async takeSome(): Promise<Buffer | undefined> {
    while (this.size === 0) {
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.cut(this.chunks[0]?.length ?? 0);
  }

  /** The bytes before the next line feed, which is dropped; undefined at the end or past `limit` bytes. */
  async takeLine(limit: number): Promise<string | undefined> {
    let searched = 0;
    for (;;) {
      const at = this.indexOf(0x0a, searched);
      if (at >= 0) {
        const line = this.cut(at + 1);
        return line.toString("utf8", 0, at);
      }
      searched = this.size;
      if (this.ended || this.size > limit) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private notify(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }

  private indexOf(byte: number, from: number): number {
    let base = 0;
    for (const chunk of this.chunks) {
      if (base + chunk.length > from) {
        const at = chunk.indexOf(byte, Math.max(0, from - base));
        if (at >= 0) return base + at;
      }
      base += chunk.length;
    }
    return -1;
  }

  private cut(count: number): Buffer {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const chunk = this.chunks[0];
      if (chunk === undefined) break;
      if (chunk.length <= missing) {
        parts.push(chunk);
        this.chunks.shift();
        missing -= chunk.length;
      } else {
        parts.push(chunk.subarray(0, missing));
        this.chunks[0] = chunk.subarray(missing);
        missing = 0;
      }
    }
    this.size -= count;
    const only = parts.length === 1 ? parts[0] : undefined;
    return only ?? Buffer.concat(parts, count);
  }
}
