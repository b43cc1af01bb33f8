import type { TraceChunkParams } from "../agent/protocol.gen";
import type { AgentSession } from "../agent/session";
import type { Disposable } from "../base/disposable";

/** Hands on the bytes of one run's trace in order, and knows whether it came whole. */
export class TraceCollector implements Disposable {
  private readonly listener: Disposable;
  private next = 0;
  private gap = false;
  private sawLast = false;
  private resolveLast: () => void = () => undefined;
  private readonly last: Promise<void>;

  constructor(
    session: AgentSession,
    private readonly runId: string,
    private readonly write: (bytes: Uint8Array) => void,
  ) {
    this.last = new Promise((resolve) => (this.resolveLast = resolve));
    this.listener = session.onTraceChunk((chunk) => this.take(chunk));
  }

  /** True when every chunk up to the last came. */
  get whole(): boolean {
    return this.sawLast && !this.gap;
  }

  /** Waits for the last chunk, but not for ever. */
  async settle(ms: number): Promise<void> {
    if (this.sawLast) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.last, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
  }

  dispose(): void {
    this.listener.dispose();
    this.resolveLast();
  }

  private take(chunk: TraceChunkParams): void {
    if (chunk.runId !== this.runId || this.gap) return;
    // A later piece after a lost one could not be decoded: what came before stays a valid trace.
    if (chunk.sequence !== this.next) {
      this.gap = true;
      return;
    }
    this.next++;
    this.write(Buffer.from(chunk.base64, "base64"));
    if (chunk.last) {
      this.sawLast = true;
      this.resolveLast();
    }
  }
}
