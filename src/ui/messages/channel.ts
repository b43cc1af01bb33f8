import { type Disposable, DisposableStore } from "../../base/disposable";
import { type Result, failure } from "../../base/result";

/** What one end offers to the other: requests that are answered, and events that are not. Write it as a `type`, not an interface. */
export interface Contract {
  readonly requests: Readonly<Record<string, { readonly params: unknown; readonly result: unknown }>>;
  readonly events: Readonly<Record<string, unknown>>;
}

/** The way to the other end: `Webview.postMessage` in the editor, `postMessage` of the editor's API in the page. */
export interface Port {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): Disposable;
}

type Requests<C extends Contract> = C["requests"];
type Name<T> = Extract<keyof T, string>;

export type Handlers<Own extends Contract> = {
  readonly [K in Name<Requests<Own>>]: (
    params: Requests<Own>[K]["params"],
    signal: AbortSignal,
  ) => Result<Requests<Own>[K]["result"]> | Promise<Result<Requests<Own>[K]["result"]>>;
};

export type Listeners<Own extends Contract> = {
  readonly [K in Name<Own["events"]>]?: (value: Own["events"][K]) => void;
};

export interface ChannelOptions {
  /** How long a request waits for its answer; 0 waits for ever. */
  readonly timeoutMs: number;
}

type Frame =
  | { readonly kind: "request"; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: "reply"; readonly id: number; readonly result: Result<unknown> }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "event"; readonly name: string; readonly value: unknown };

interface Waiting {
  settle(result: Result<unknown>): void;
}

/**
 * Requests, replies and events over a port. Both ends use it with the two contracts swapped:
 * `Own` is what this end answers and hears, `Peer` what it may ask and tell. No request hangs: it is answered,
 * or fails with `channel-timeout`, `cancelled`, `channel-closed` or `channel-failed`.
 */
export class Channel<Own extends Contract, Peer extends Contract> implements Disposable {
  private readonly store = new DisposableStore();
  private readonly waiting = new Map<number, Waiting>();
  private readonly serving = new Map<number, AbortController>();
  private nextId = 1;
  private closed = false;

  constructor(
    private readonly port: Port,
    private readonly handlers: Handlers<Own>,
    private readonly listeners: Listeners<Own> = {},
    private readonly options: ChannelOptions = { timeoutMs: 60_000 },
  ) {
    this.store.add(port.listen((message) => this.receive(message)));
  }

  request<K extends Name<Requests<Peer>>>(
    name: K,
    params: Requests<Peer>[K]["params"],
    signal?: AbortSignal,
  ): Promise<Result<Requests<Peer>[K]["result"]>> {
    if (this.closed) return Promise.resolve(closedFailure());
    if (signal?.aborted === true) return Promise.resolve(cancelledFailure());
    const id = this.nextId++;
    return new Promise((resolve) => {
      const timer =
        this.options.timeoutMs === 0
          ? undefined
          : setTimeout(() => this.giveUp(id, timeoutFailure(name, this.options.timeoutMs)), this.options.timeoutMs);
      const abort = (): void => this.giveUp(id, cancelledFailure());
      signal?.addEventListener("abort", abort, { once: true });
      this.waiting.set(id, {
        settle: (result) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          resolve(result);
        },
      });
      this.send({ kind: "request", id, name, params });
    });
  }

  emit<K extends Name<Peer["events"]>>(name: K, value: Peer["events"][K]): void {
    if (!this.closed) this.send({ kind: "event", name, value });
  }

  /** Every waiting request fails with `channel-closed`; handlers at work see their signal abort. */
  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    this.store.dispose();
    for (const controller of this.serving.values()) controller.abort();
    this.serving.clear();
    for (const id of [...this.waiting.keys()]) this.settle(id, closedFailure());
  }

  private receive(message: unknown): void {
    if (this.closed || !isFrame(message)) return;
    switch (message.kind) {
      case "request":
        void this.serve(message.id, message.name, message.params);
        return;
      case "reply":
        this.settle(message.id, message.result);
        return;
      case "cancel":
        this.serving.get(message.id)?.abort();
        return;
      case "event":
        this.listeners[message.name as Name<Own["events"]>]?.(message.value as Own["events"][Name<Own["events"]>]);
    }
  }

  private async serve(id: number, name: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.serving.set(id, controller);
    const result = await this.answer(name, params, controller.signal);
    this.serving.delete(id);
    if (!this.closed) this.send({ kind: "reply", id, result });
  }

  /** A handler that throws is a bug of that end; the asking end gets a failure rather than silence. */
  private async answer(name: string, params: unknown, signal: AbortSignal): Promise<Result<unknown>> {
    if (!Object.hasOwn(this.handlers, name)) {
      return failure("channel-failed", `Nothing answers the message ${name}; reload the window.`);
    }
    try {
      return await this.handlers[name as Name<Requests<Own>>](params, signal);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return failure("channel-failed", `${name} failed; reload the window.`, { cause });
    }
  }

  private giveUp(id: number, result: Result<never>): void {
    if (!this.waiting.has(id)) return;
    this.send({ kind: "cancel", id });
    this.settle(id, result);
  }

  private settle(id: number, result: Result<unknown>): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.settle(result);
  }

  private send(frame: Frame): void {
    this.port.post(frame);
  }
}

function isFrame(message: unknown): message is Frame {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  const { kind } = message;
  if (kind === "event") return "name" in message && typeof message.name === "string";
  if (!("id" in message) || typeof message.id !== "number") return false;
  if (kind === "request") return "name" in message && typeof message.name === "string";
  return kind === "cancel" || (kind === "reply" && "result" in message && isResult(message.result));
}

function isResult(value: unknown): value is Result<unknown> {
  return typeof value === "object" && value !== null && "ok" in value && typeof value.ok === "boolean";
}

const closedFailure = (): Result<never> => failure("channel-closed", "The panel was closed; open it again.");
const cancelledFailure = (): Result<never> => failure("cancelled", "Cancelled before the editor answered.");
const timeoutFailure = (name: string, ms: number): Result<never> =>
  failure("channel-timeout", `No answer to ${name} within ${String(ms / 1000)} s; reload the panel.`);
