import { type Result, failure } from "../../base/result";
import type { ForeignRead } from "./builder";
import { readChromeTrace } from "./chrome";
import { clProfileHead, readClProfile } from "./clProfile";
import { hexagonMark, readHexagonLog } from "./hexagonLog";
import { afterSpace } from "./jsonEvents";

/** Bytes in which a text file says what it is: logs begin with other lines. */
const head = 1 << 20;

/**
 * A trace of another format as a Perfetto trace: Chrome JSON, llama.cpp's OpenCL and Hexagon profiles, told by their
 * content. Undefined for what may be Perfetto's own. Fails with one sentence, `trace-foreign` or `trace-garbled`.
 */
export function readForeign(bytes: Uint8Array, fileName: string): Result<ForeignRead> | undefined {
  const [first, second] = bytes;
  // A Perfetto trace is a list of packets: field 1, length-delimited.
  if (first === 0x0a) return undefined;
  if (first === undefined) {
    return failure("trace-foreign", `${fileName} is empty; the run was stopped before anything was recorded.`);
  }
  if (first === 0x1f && second === 0x8b) {
    return failure("trace-foreign", `${fileName} is compressed with gzip; unpack it and open what is inside.`);
  }
  const begin = bytes[afterSpace(bytes, 0)];
  if (begin === 0x7b || begin === 0x5b) return readChromeTrace(bytes, fileName);
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, head));
  if (text.replace(/^\u00ef\u00bb\u00bf/, "").startsWith(clProfileHead)) return readClProfile(bytes, fileName);
  if (text.includes(hexagonMark)) return readHexagonLog(bytes, fileName);
  return failure(
    "trace-foreign",
    `${fileName} is not a trace that Tandem reads; open a Perfetto or Chrome trace, or a profile of llama.cpp's OpenCL or Hexagon backend.`,
  );
}
