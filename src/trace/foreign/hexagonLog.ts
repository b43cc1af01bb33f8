import { type Result, failure, success } from "../../base/result";
import { type ForeignRead, ForeignTrace } from "./builder";
import { kindOfGgmlOp, nameOfTensor } from "./ggml";
import { linesOf } from "./lines";

/** What a line that llama.cpp's Hexagon backend logs per op begins with (ggml-hexagon.cpp, GGML_HEXAGON_PROFILE). */
export const hexagonMark = "profile-op ";

/** `profile-op MUL_MAT: names : dims : types : … : usec 120 cycles 96000 start 4051234 mhz 800`; older: `op-usec`. */
const opLine =
  /profile-op\s+([A-Z_0-9+]+):\s+(.*)\s+(?:op-)?usec\s+(\d+)\s+(?:op-)?cycles\s+(\d+)(?:.*?\sstart\s+(\d+))?/;
/** `trace-op MUL_MAT: thread 2 event HVX_COMP info 0 start 4051300`. */
const eventLine =
  /trace-op\s+([A-Z_0-9+]+):\s+thread\s+(\d+)\s+event\s+([A-Z_0-9-]+)\s+info\s+(\d+)\s+(start|stop)\s+(\d+)/;
/** The thread that drives the matrix unit. */
const matrixThread = 10;

/**
 * Reads the ops that llama.cpp logged from a Hexagon NPU. Begins come from its cycle counter, taken at the median
 * clock of the run; a log without begins has its ops laid end to end. Fails with `trace-garbled`.
 */
export function readHexagonLog(bytes: Uint8Array, fileName: string): Result<ForeignRead> {
  const mhz = medianClock(bytes);
  const trace = new ForeignTrace();
  const npu = trace.addTrack("NPU");
  const threads = new Map<number, number>();
  const open = new Map<string, { readonly track: number; readonly at: number }>();
  const cycles = new CycleCounter();
  let now = 0;
  for (const line of linesOf(bytes)) {
    const op = opLine.exec(line);
    if (op !== null) {
      const [, name = "", about = "", usec = "", count = "", begin] = op;
      if (begin !== undefined) now = (cycles.count(Number(begin)) / mhz) * 1e3;
      const ns = Number(usec) * 1e3;
      trace.addSlice(npu, now, now + ns, trace.nameNumber(nameOfOp(name, about)), {
        op: name,
        kind: kindOfGgmlOp(name),
        ...describe(about),
        cycles: Number(count),
      });
      now += ns;
      continue;
    }
    const event = eventLine.exec(line);
    if (event === null) continue;
    const [, , thread = "", name = "", info = "", state = "", at = ""] = event;
    const number = Number(thread);
    const key = `${thread} ${name} ${info}`;
    const time = (cycles.count(Number(at)) / mhz) * 1e3;
    if (state === "start") {
      let track = threads.get(number);
      if (track === undefined) {
        threads.set(number, (track = trace.addTrack(number === matrixThread ? "HMX" : `HVX ${thread}`)));
      }
      open.set(key, { track, at: time });
      continue;
    }
    const begun = open.get(key);
    if (begun === undefined) continue;
    open.delete(key);
    trace.addSlice(begun.track, begun.at, Math.max(begun.at, time), trace.nameNumber(name));
  }
  if (trace.isEmpty) {
    return failure(
      "trace-garbled",
      `${fileName} holds no op that can be read; run llama.cpp with GGML_HEXAGON_PROFILE=1 again.`,
    );
  }
  return success(trace.finish());
}

/** Cycles per µs, the median over ops: 1 where no op says both. */
function medianClock(bytes: Uint8Array): number {
  const clocks: number[] = [];
  for (const line of linesOf(bytes)) {
    const op = opLine.exec(line);
    const usec = Number(op?.[3] ?? 0);
    if (usec > 0) clocks.push(Number(op?.[4]) / usec);
  }
  clocks.sort((a, b) => a - b);
  const median = clocks[clocks.length >> 1] ?? 1;
  return median > 0 ? median : 1;
}

/** Counts on where the 32-bit counter of the log wraps. */
class CycleCounter {
  private last: number | undefined;
  private high = 0;

  count(raw: number): number {
    const step = raw - (this.last ?? raw);
    if (step < -(2 ** 31)) this.high += 2 ** 32;
    else if (step > 2 ** 31) this.high -= 2 ** 32;
    this.last = raw;
    return this.high + raw;
  }
}

/** The op's weight names it best, then the tensor that it makes. */
function nameOfOp(op: string, about: string): string {
  const names = about.split(" : ")[0] ?? "";
  const weight = /\b(blk\.\d+\.[\w.]+|output|token_embd)\.weight\b/.exec(names)?.[1];
  const result = /->\s*(\S+)\s*$/.exec(names)?.[1];
  return weight ?? (result === undefined ? op : nameOfTensor(result));
}

function describe(about: string): Readonly<Record<string, string>> {
  const [tensors, shape, type] = about.split(" : ").map((part) => part.trim());
  return {
    ...(tensors === undefined ? {} : { tensors }),
    ...(shape === undefined ? {} : { shape }),
    ...(type === undefined ? {} : { type }),
  };
}
