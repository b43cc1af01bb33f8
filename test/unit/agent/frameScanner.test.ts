import assert from "node:assert/strict";
import { FrameScanner } from "../../../src/agent/frameScanner";

const frame = (body: string): Buffer => Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

function feedInPieces(bytes: Uint8Array, size: number): string | undefined {
  const scanner = new FrameScanner();
  let found: string | undefined;
  for (let at = 0; at < bytes.length; at += size) found = scanner.feed(bytes.subarray(at, at + size));
  return found;
}

describe("FrameScanner", () => {
  const good = Buffer.concat([frame("{}"), frame('{"text":"Content-Length: 9\\r\\n\\r\\n ü"}'), frame("[1]")]);

  for (const size of [1, 2, 7, 1000]) {
    it(`accepts whole frames in pieces of ${size} bytes`, () => {
      assert.equal(feedInPieces(good, size), undefined);
    });
    it(`finds text after a whole frame in pieces of ${size} bytes`, () => {
      assert.match(feedInPieces(Buffer.concat([good, Buffer.from("Segmentation fault\n")]), size) ?? "", /^S/);
    });
  }

  it("accepts another header after the length, and any letter case", () => {
    const bytes = Buffer.from("content-length: 2\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n{}");
    assert.equal(feedInPieces(bytes, 3), undefined);
  });

  const garbage: [string, string][] = [
    ["a shell's complaint", "/system/bin/sh: tandem-agent: not found\n"],
    ["a header without end", `Content-Length: 3${" ".repeat(2000)}`],
    ["a length that is no number", "Content-Length: many\r\n\r\n"],
    ["a negative length", "Content-Length: -4\r\n\r\n"],
    ["a length beyond all sense", "Content-Length: 99999999999\r\n\r\n"],
    ["an empty body", "Content-Length: 0\r\n\r\n"],
    ["binary", "\u0000\u0001\u0002"],
  ];
  for (const [name, text] of garbage) {
    it(`tells ${name} from a frame`, () => {
      assert.notEqual(feedInPieces(Buffer.from(text), 1), undefined);
      const excerpt = new FrameScanner().feed(Buffer.from(text)) ?? "";
      assert.ok(excerpt.length <= 200);
    });
  }
});
