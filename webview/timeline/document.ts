import { type Result, failure } from "../../src/base/result";
import { TraceReader, decodeTrace } from "../../src/trace/decode";
import type { Trace } from "../../src/trace/trace";
import type { Host } from "./host";

export interface ReadTrace {
  readonly fileName: string;
  readonly trace: Result<Trace>;
}

/** The file that the page shows: read whole, then what is added to it while its run goes on. */
export class TraceDocument {
  private reader: TraceReader | undefined;
  private fileName = "";
  private stamp = "";
  /** Whether a run is writing the file now. */
  running = false;

  constructor(private readonly host: Host) {}

  /** Reads the whole file. What a run may still add to is read in a way that can go on, which takes more memory. */
  async read(): Promise<ReadTrace> {
    this.reader = undefined;
    const loaded = await this.host.load();
    if (!loaded.ok) return { fileName: this.fileName, trace: loaded };
    const { fileName, bytes, running } = loaded.value;
    this.fileName = fileName;
    this.running = running;
    if (!running) return { fileName, trace: decodeTrace(bytes, fileName) };
    this.reader = new TraceReader(fileName, bytes.length);
    this.reader.push(bytes);
    return { fileName, trace: this.reader.trace() };
  }

  /** Reads what was added; undefined where nothing was. A file that is no longer the same one is read anew. */
  async grow(): Promise<ReadTrace | undefined> {
    const { reader } = this;
    if (reader === undefined) return this.read();
    const wasRunning = this.running;
    const more = await this.host.more(reader.size);
    if (!more.ok) return { fileName: this.fileName, trace: failure(more.failure.code, more.failure.message) };
    const { bytes, size, stamp, running } = more.value;
    const isSame = stamp === this.stamp && running === wasRunning;
    this.stamp = stamp;
    this.running = running;
    if (isSame) return undefined;
    // Only a run adds to what is there; anything else may have written another file in its place.
    if (size < reader.size || !(running || wasRunning)) return this.read();
    reader.push(bytes);
    return { fileName: this.fileName, trace: reader.trace() };
  }
}
