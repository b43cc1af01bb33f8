import { type Result, failure, success } from "../../base/result";
import { type ForeignRead, ForeignTrace } from "./builder";
import { type RawEvent, readEvents } from "./jsonEvents";
import { kindOfGgmlOp } from "./ggml";

/**
 * Reads a trace of Chrome's trace event format (B, E, X, b, e, M, s, t, f and C events; others are skipped).
 * Times are in µs, whatever `displayTimeUnit` says. Fails with `trace-foreign` or `trace-garbled`.
 */
export function readChromeTrace(bytes: Uint8Array, fileName: string): Result<ForeignRead> {
  const reader = new ChromeReader();
  const read = readEvents(bytes, (event) => {
    reader.take(event);
  });
  if (read === undefined) {
    return failure(
      "trace-foreign",
      `${fileName} is JSON without trace events, so there is nothing to show; open a trace that Chrome or Perfetto wrote.`,
    );
  }
  if (reader.trace.isEmpty) {
    return read.broken > 0
      ? failure("trace-garbled", `${fileName} holds no trace event that can be read; export the trace again.`)
      : failure(
          "trace-foreign",
          `${fileName} is a Chrome trace without slices or counters, so there is nothing to show; record it again.`,
        );
  }
  reader.nameTracks();
  return success(reader.trace.finish(read.broken, read.cutAt));
}

/** Slices that a thread has open, innermost last. */
interface Thread {
  readonly track: number;
  readonly pid: string;
  readonly tid: string;
  readonly open: number[];
  name?: string;
}

/** Open slices that are looked through for the one that an end names; and the most that are kept. */
const deepestLook = 64;
const mostOpen = 4096;

class ChromeReader {
  readonly trace = new ForeignTrace();
  private readonly threads = new Map<string, Thread>();
  private readonly processNames = new Map<string, string>();
  private readonly asyncOpen = new Map<string, number>();
  private readonly flowNumbers = new Map<string, number>();
  private isOpenCl = false;
  private lastPid: unknown;
  private lastTid: unknown;
  private last: Thread | undefined;

  take(event: RawEvent): void {
    const { ph } = event;
    if (ph === "M") {
      this.takeMetadata(event);
      return;
    }
    const at = nanoseconds(event.ts);
    if (at === undefined) return;
    switch (ph) {
      case "X":
        this.addSlice(this.threadOf(event), event, at, endOf(event, at));
        break;
      case "B": {
        const thread = this.threadOf(event);
        const slice = this.addSlice(thread, event, at, this.trace.open);
        if (thread.open.length < mostOpen) thread.open.push(slice);
        break;
      }
      case "E":
        this.endSlice(this.threadOf(event), event, at);
        break;
      case "b":
      case "e":
        this.takeAsync(event, at);
        break;
      case "C":
        this.takeCounter(event, at);
        break;
      case "s":
      case "t":
      case "f":
        this.takeFlow(event, at);
    }
  }

  /** Says of which process a thread is where there are several; gives llama.cpp's OpenCL trace our track. */
  nameTracks(): void {
    const processes = new Set([...this.threads.values()].map(({ pid }) => pid));
    for (const thread of this.threads.values()) {
      const { tid, pid } = thread;
      if (this.isOpenCl && tid === "Device") {
        this.trace.rename(thread.track, "GPU queue");
        continue;
      }
      const name = thread.name ?? (/^\d+$/.test(tid) ? `Thread ${tid}` : tid);
      const process = this.processNames.get(pid) ?? `Process ${pid}`;
      this.trace.rename(thread.track, processes.size > 1 ? `${process}: ${name}` : name);
    }
  }

  private addSlice(thread: Thread, event: RawEvent, start: number, end: number): number {
    const name = text(event.name) ?? "";
    const args = isRecord(event.args) ? event.args : undefined;
    const isKernel = event.cat === "OpenCL" && thread.tid === "Device";
    if (isKernel) this.isOpenCl = true;
    return this.trace.addSlice(
      thread.track,
      start,
      end,
      this.trace.nameNumber(name),
      isKernel ? { ...args, op: name, kind: kindOfGgmlOp(name) } : args,
    );
  }

  /** The innermost open slice of the event's name, else the innermost one. */
  private endSlice(thread: Thread, event: RawEvent, at: number): void {
    const { open } = thread;
    if (open.length === 0) {
      this.trace.unmatchedEnds++;
      return;
    }
    let place = open.length - 1;
    const name = text(event.name);
    if (name !== undefined) {
      const number = this.trace.nameNumber(name);
      const least = Math.max(0, open.length - deepestLook);
      while (place >= least && this.trace.nameOf(open[place] as number) !== number) place--;
      if (place < least) place = open.length - 1;
    }
    const slice = open[place] as number;
    open.splice(place, 1);
    this.trace.endSlice(slice, at);
    if (isRecord(event.args)) this.trace.annotate(slice, event.args);
  }

  private takeAsync(event: RawEvent, at: number): void {
    const category = text(event.cat) ?? "";
    const key = `${category}\n${text(event.name) ?? ""}\n${idOf(event)}`;
    if (event.ph === "b") {
      const thread = this.thread(text(event.pid) ?? "", category === "" ? "async" : category);
      this.asyncOpen.set(key, this.addSlice(thread, event, at, this.trace.open));
      return;
    }
    const slice = this.asyncOpen.get(key);
    if (slice === undefined) {
      this.trace.unmatchedEnds++;
      return;
    }
    this.asyncOpen.delete(key);
    this.trace.endSlice(slice, at);
  }

  private takeCounter(event: RawEvent, at: number): void {
    if (!isRecord(event.args)) return;
    const names = Object.keys(event.args);
    const own = [text(event.name) ?? "", idOf(event)].filter((part) => part !== "").join(" ");
    for (const name of names) {
      const value = event.args[name];
      if (typeof value !== "number" || !Number.isFinite(value)) continue;
      this.trace.addCounter(names.length === 1 ? own : `${own} ${name}`, at, value);
    }
  }

  private takeFlow(event: RawEvent, at: number): void {
    const key = `${text(event.cat) ?? ""}\n${text(event.name) ?? ""}\n${idOf(event)}`;
    let id = this.flowNumbers.get(key);
    if (id === undefined) this.flowNumbers.set(key, (id = this.flowNumbers.size + 1));
    const binding = event.ph === "f" && event.bp !== "e" ? "next" : "enclosing";
    this.trace.addFlow(this.threadOf(event).track, at, id, binding);
  }

  private takeMetadata(event: RawEvent): void {
    const name = isRecord(event.args) ? text(event.args.name) : undefined;
    if (name === undefined) return;
    if (event.name === "thread_name") this.threadOf(event).name = name;
    else if (event.name === "process_name") this.processNames.set(text(event.pid) ?? "", name);
  }

  private threadOf({ pid, tid }: RawEvent): Thread {
    if (this.last !== undefined && pid === this.lastPid && tid === this.lastTid) return this.last;
    this.lastPid = pid;
    this.lastTid = tid;
    return (this.last = this.thread(text(pid) ?? "", text(tid) ?? ""));
  }

  private thread(pid: string, tid: string): Thread {
    const key = `${pid}\n${tid}`;
    let thread = this.threads.get(key);
    if (thread === undefined) {
      this.threads.set(key, (thread = { track: this.trace.addTrack(tid), pid, tid, open: [] }));
    }
    return thread;
  }
}

const idOf = (event: RawEvent): string => {
  const id2 = isRecord(event.id2) ? (text(event.id2.global) ?? text(event.id2.local)) : undefined;
  return text(event.id) ?? id2 ?? "";
};

/** Of a complete event; begin and length are rounded together, so that neighbours stay neighbours. */
function endOf({ ts, dur }: RawEvent, at: number): number {
  return Math.max(at, nanoseconds(Number(ts) + Number(dur ?? 0)) ?? at);
}

/** Of a time in µs, as a number or as its text. */
function nanoseconds(value: unknown): number | undefined {
  const micros = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof micros !== "number" || !Number.isFinite(micros) || Math.abs(micros) > 2 ** 53 / 1e3) return undefined;
  return Math.round(micros * 1e3);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
