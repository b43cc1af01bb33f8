/** Bytes of Perfetto messages, growing as they are written. */
export class ByteWriter {
  length = 0;
  private bytes: Uint8Array<ArrayBuffer>;
  private readonly encoder = new TextEncoder();

  constructor(size = 1 << 12) {
    this.bytes = new Uint8Array(size);
  }

  /** @param value an integer from 0 to 2^53. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** A signed integer field, as proto's int64: negative ones take ten bytes. */
  signed(tag: number, value: number): void {
    this.varint(tag);
    if (value >= 0) {
      this.varint(value);
      return;
    }
    this.reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.bytes[this.length++] = Number(rest & 127n) | 128;
    this.bytes[this.length++] = Number(rest);
  }

  number(tag: number, value: number): void {
    this.varint(tag);
    this.varint(value);
  }

  double(tag: number, value: number): void {
    this.varint(tag);
    this.reserve(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
  }

  fixed64(tag: number, value: number): void {
    this.varint(tag);
    this.reserve(8);
    new DataView(this.bytes.buffer).setBigUint64(this.length, BigInt(value), true);
    this.length += 8;
  }

  text(tag: number, value: string): void {
    this.message(tag, this.encoder.encode(value));
  }

  message(tag: number, content: Uint8Array): void {
    this.varint(tag);
    this.varint(content.length);
    this.raw(content);
  }

  raw(content: Uint8Array): void {
    this.reserve(content.length);
    this.bytes.set(content, this.length);
    this.length += content.length;
  }

  view(from = 0, to = this.length): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(from, to);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.view());
    this.bytes = larger;
  }
}
