import { type Message, type RequestMessage, type ResponseMessage, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { Disposable } from "../base/disposable";
import { type Failure, type Result, failure, success } from "../base/result";
import { FrameScanner } from "./frameScanner";
import type { AgentProcess } from "../device/device";

/** An agent's notification as it came; the session gives it its type. */
export interface RawNotification {
  readonly method: string;
  readonly params: unknown;
}

export interface ConnectionEvents {
  notification(notification: RawNotification): void;
  /** Bytes came: the other side lives. */
  activity(): void;
  /** Something that is not a frame came; the connection is of no further use. */
  garbled(excerpt: string): void;
  /** A write failed or the stream ended. */
  closed(): void;
}

/** Enough for any backlog; a frame that is not JSON is never handed on. */
const drainTurns = 10_000;

type Settle = (result: Result<unknown>) => void;

/**
 * Matches answers to requests over the framed streams. The message reader and writer are the library's; its own
 * connection is not used, because it hides request ids (progress names them), leaves requests pending when the stream
 * ends, and lets a failed write escape as an unhandled rejection.
 */
export class AgentConnection implements Disposable {
  private readonly pending = new Map<number, Settle>();
  private readonly reader: StreamMessageReader;
  private readonly writer: StreamMessageWriter;
  private readonly scanner = new FrameScanner();
  private nextId = 1;
  private delivered = 0;
  private end: Failure | undefined;

  constructor(
    streams: AgentProcess,
    private readonly events: ConnectionEvents,
  ) {
    this.reader = new StreamMessageReader(streams.stdout);
    this.reader.partialMessageTimeout = 0;
    this.writer = new StreamMessageWriter(streams.stdin);
    streams.stdout.on("data", (bytes: Uint8Array) => {
      if (this.end !== undefined) return;
      events.activity();
      const excerpt = this.scanner.feed(bytes);
      if (excerpt !== undefined) events.garbled(excerpt);
    });
    streams.stdout.once("end", () => events.closed());
    streams.stdout.once("close", () => events.closed());
    streams.stdin.on("error", () => events.closed());
    this.reader.onError((error) => events.garbled(error.message));
    this.writer.onError(() => events.closed());
    this.reader.listen((message) => this.receive(message));
  }

  get pendingRequests(): number {
    return this.pending.size;
  }

  /** Sends a request. `answer` settles exactly once: with the agent's answer, or with the failure given to `close`. */
  send(method: string, params: unknown): { readonly id: number; readonly answer: Promise<Result<unknown>> } {
    const id = this.nextId++;
    if (this.end !== undefined) return { id, answer: Promise.resolve({ ok: false, failure: this.end }) };
    const answer = new Promise<Result<unknown>>((resolve) => this.pending.set(id, resolve));
    this.write({ jsonrpc: "2.0", id, method, params } as RequestMessage);
    return { id, answer };
  }

  notify(method: string, params: unknown): void {
    if (this.end === undefined) this.write({ jsonrpc: "2.0", method, params } as Message);
  }

  /** Resolves when every whole frame that came has been handed on; the reader decodes them one after the other. */
  async drained(): Promise<void> {
    for (let turn = 0; this.delivered < this.scanner.frames && turn < drainTurns; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Settles all that is pending with this failure, now and for all later requests. */
  close(reason: Failure): void {
    if (this.end !== undefined) return;
    this.end = reason;
    const settles = [...this.pending.values()];
    this.pending.clear();
    for (const settle of settles) settle({ ok: false, failure: reason });
    this.reader.dispose();
    this.writer.dispose();
  }

  dispose(): void {
    this.close({ code: "session-ended", message: "The session with the agent was ended by Tandem." });
  }

  private write(message: Message): void {
    this.writer.write(message).catch(() => this.events.closed());
  }

  private receive(message: Message): void {
    this.delivered++;
    if (this.end !== undefined) return;
    const frame = message as Partial<RequestMessage & ResponseMessage>;
    if (typeof frame.method === "string") {
      this.events.notification({ method: frame.method, params: frame.params });
      return;
    }
    const settle = typeof frame.id === "number" ? this.pending.get(frame.id) : undefined;
    if (settle === undefined || typeof frame.id !== "number") return;
    this.pending.delete(frame.id);
    settle(frame.error === undefined ? success(frame.result) : failureOf(frame.error));
  }
}

/** Takes code and sentence from the agent's error; an error without our data keeps its number as the code. */
function failureOf(error: { readonly code: number; readonly message: string; readonly data?: unknown }): Result<never> {
  const data = (error.data ?? {}) as { readonly code?: unknown; readonly context?: unknown };
  const code = typeof data.code === "string" ? data.code : `rpc${error.code}`;
  const context = Object.entries((data.context ?? {}) as Record<string, unknown>);
  return failure(code, error.message, Object.fromEntries(context.map(([key, value]) => [key, String(value)])));
}
