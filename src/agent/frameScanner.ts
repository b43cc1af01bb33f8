/** Longest header block and body that an agent can mean; anything beyond is not our protocol. */
const maxHeaderBytes = 1024;
const maxBodyBytes = 256 * 1024 * 1024;
const start = "content-length:";

/**
 * Follows `Content-Length` frames in a byte stream without keeping their bodies, and says at the first wrong byte that
 * the stream is something else. The message reader alone would wait for ever for the end of a header that never comes.
 */
export class FrameScanner {
  /** Whole frames so far. */
  frames = 0;
  private header = "";
  private bodyBytesLeft = 0;
  private garbage: string | undefined;

  /** Takes the next bytes. Returns what was found instead of a frame (at most 200 characters), once it is garbage. */
  feed(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length && this.garbage === undefined; ) {
      if (this.bodyBytesLeft > 0) {
        const skipped = Math.min(this.bodyBytesLeft, bytes.length - at);
        this.bodyBytesLeft -= skipped;
        if (this.bodyBytesLeft === 0) this.frames++;
        at += skipped;
      } else {
        this.header += String.fromCharCode(bytes[at++] ?? 0);
        if (this.header.endsWith("\r\n\r\n")) this.endHeader();
        else if (!mayBecomeHeader(this.header)) this.garbage = this.header + printable(bytes.subarray(at));
      }
    }
    return this.garbage?.slice(0, 200).trim();
  }

  private endHeader(): void {
    const match = /^content-length: *(\d{1,10})\r\n/i.exec(this.header);
    const length = match === null ? -1 : Number(match[1]);
    if (0 < length && length <= maxBodyBytes) {
      this.bodyBytesLeft = length;
      this.header = "";
    } else {
      this.garbage = this.header;
    }
  }
}

function mayBecomeHeader(text: string): boolean {
  const lower = text.slice(0, start.length).toLowerCase();
  return start.startsWith(lower) && text.length <= maxHeaderBytes;
}

function printable(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, 200)).replace(/[^\x20-\x7e\n]/g, "·");
}
