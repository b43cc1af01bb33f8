import { type Result, failure } from "../../src/base/result";
import { TraceReader } from "../../src/trace/decode";
import type { Trace } from "../../src/trace/trace";
import type { Host } from "./host";

export interface ReadTrace {
  readonly fileName: string;
  readonly trace: Result<Trace>;
}

/** The file that the page shows: read once, then what is added to it while its run goes on. */
export class TraceDocument {
  private reader: TraceReader | undefined;
  private fileName = "";
  private stamp = "";
  /** Whether a run is writing the file now. */
  running = false;

  constructor(private readonly host: Host) {}

  /** Reads the whole file, decoding while it arrives. */
  async read(): Promise<ReadTrace> {
    const loaded = await this.host.load();
    if (!loaded.ok) return { fileName: this.fileName, trace: loaded };
    const { fileName, size, running, chunks } = loaded.value;
    this.fileName = fileName;
    this.running = running;
    this.reader = new TraceReader(fileName, size);
    try {
      for await (const chunk of chunks) this.reader.push(chunk);
    } catch (error) {
      // What has come is shown; the rest is asked for in the other way.
      const message = error instanceof Error ? error.message : String(error);
      this.host.report("trace-fetch", message);
      await this.grow();
    }
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
