import { type Disposable, DisposableStore } from "../base/disposable";
import { Emitter, type Event } from "../base/event";
import { type Log, silentLog } from "../base/log";
import type { Progress, ProgressListener } from "../base/progress";
import { type Failure, type Result, failure, success } from "../base/result";
import { AgentConnection, type RawNotification } from "./connection";
import type { AgentProcess, ExitReason } from "../device/device";
import { describeEnd } from "./describeEnd";
import { type HelloResult, type ProgressParams, type Protocol, protocolVersion } from "./protocol.gen";

type Requests = Protocol["requests"];
type Notifications = Protocol["agentNotifications"];

export interface SessionOptions {
  /** Named in every sentence, e.g. "Xiaomi 14". */
  readonly deviceName: string;
  readonly clientVersion: string;
  /** Seconds without a single byte, while a request is pending, after which the agent counts as hung. */
  readonly hangSeconds?: number;
  /** The end of the agent's log, for the details of a crash. */
  readonly readLog?: (signal: AbortSignal) => Promise<Result<string>>;
  readonly log?: Log;
}

const defaultHangSeconds = 15;
/** An agent that works on after this long without its request is of no use any more. */
const cancelSeconds = 10;
const failureCancelled: Failure = { code: "cancelled", message: "Cancelled before the agent answered." };
/** How long to wait for the exit reason after the streams closed, and for the log of a dead agent. */
const exitReasonMs = 8000;

/** A conversation with one agent process, from `hello` to its end. Everything pending settles exactly once. */
export class AgentSession implements Disposable {
  /** Resolves when the session is over, with the reason. Never rejects. */
  readonly ended: Promise<Failure>;
  readonly onToken: Event<Notifications["generate/token"]>;
  readonly onTraceChunk: Event<Notifications["trace/chunk"]>;
  readonly onLog: Event<Notifications["log"]>;

  private readonly owned = new DisposableStore();
  private readonly tokens = this.owned.add(new Emitter<Notifications["generate/token"]>());
  private readonly chunks = this.owned.add(new Emitter<Notifications["trace/chunk"]>());
  private readonly logs = this.owned.add(new Emitter<Notifications["log"]>());
  private readonly progressListeners = new Map<number, ProgressListener>();
  private readonly connection: AgentConnection;
  private readonly watchdog: NodeJS.Timeout;
  private silentSeconds = 0;
  private ending = false;
  private over = false;
  private settleEnded: (reason: Failure) => void = () => undefined;
  private greeting: HelloResult | undefined;

  private constructor(
    private readonly process: AgentProcess,
    private readonly options: SessionOptions,
  ) {
    this.onToken = this.tokens.event;
    this.onTraceChunk = this.chunks.event;
    this.onLog = this.logs.event;
    this.ended = new Promise((resolve) => (this.settleEnded = resolve));
    this.connection = new AgentConnection(process, {
      notification: (notification) => this.dispatch(notification),
      activity: () => (this.silentSeconds = 0),
      garbled: (excerpt) => void this.garbled(excerpt),
      closed: () => void this.processEnded(),
    });
    void process.exited.then(() => this.processEnded());
    this.watchdog = setInterval(() => this.tick(), 1000);
    this.watchdog.unref();
  }

  /** Greets the agent. On failure the process is ended and the reason returned. */
  static async start(
    process: AgentProcess,
    options: SessionOptions,
    signal: AbortSignal,
  ): Promise<Result<AgentSession>> {
    const session = new AgentSession(process, options);
    const client = { name: "tandem", version: options.clientVersion };
    const giveUp = (): void => session.finish(failureCancelled, true);
    signal.addEventListener("abort", giveUp, { once: true });
    const hello = await session.request("hello", { client, protocol: protocolVersion }, signal);
    signal.removeEventListener("abort", giveUp);
    if (!hello.ok) {
      session.dispose();
      return hello;
    }
    if (hello.value.protocol !== protocolVersion) {
      session.dispose();
      return failure(
        "protocol-mismatch",
        `The agent on ${options.deviceName} speaks protocol ${hello.value.protocol} and this Tandem speaks ${protocolVersion}: deploy the agent again.`,
      );
    }
    session.greeting = hello.value;
    return success(session);
  }

  /** What the agent said of itself and its device. */
  get hello(): HelloResult {
    if (this.greeting === undefined) throw new Error("read before hello was answered");
    return this.greeting;
  }

  get alive(): boolean {
    return !this.ending;
  }

  /**
   * Asks the agent. An aborted signal sends `$/cancelRequest`; the agent still answers, with what it has so far where
   * the method knows partial results, else with code `cancelled`.
   */
  async request<M extends keyof Requests>(
    method: M,
    params: Requests[M]["params"],
    signal: AbortSignal,
    onProgress?: ProgressListener,
  ): Promise<Result<Requests[M]["result"]>> {
    if (signal.aborted) return { ok: false, failure: failureCancelled };
    if (this.connection.pendingRequests === 0) this.silentSeconds = 0;
    const { id, answer } = this.connection.send(method, params);
    let patience: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      this.connection.notify("$/cancelRequest", { id });
      patience = setTimeout(() => this.finish(deaf(this.options.deviceName), true), cancelSeconds * 1000);
    };
    if (onProgress !== undefined) this.progressListeners.set(id, onProgress);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return (await answer) as Result<Requests[M]["result"]>;
    } finally {
      clearTimeout(patience);
      signal.removeEventListener("abort", cancel);
      this.progressListeners.delete(id);
    }
  }

  /** Ends the agent politely; whatever happens, the process is gone afterwards. */
  async shutdown(signal: AbortSignal): Promise<void> {
    if (this.alive) await this.request("shutdown", {}, AbortSignal.any([signal, AbortSignal.timeout(2000)]));
    this.dispose();
  }

  dispose(): void {
    this.finish({ code: "session-ended", message: "The session with the agent was ended by Tandem." }, true);
  }

  private dispatch(notification: RawNotification): void {
    switch (notification.method) {
      case "progress":
        return this.reportProgress(notification.params as ProgressParams);
      case "generate/token":
        return this.tokens.fire(notification.params as Notifications["generate/token"]);
      case "trace/chunk":
        return this.chunks.fire(notification.params as Notifications["trace/chunk"]);
      case "log": {
        const line = notification.params as Notifications["log"];
        (this.options.log ?? silentLog).write(line.level, `agent: ${line.message}`);
        return this.logs.fire(line);
      }
    }
  }

  private reportProgress({ requestId, stage, done, total, unit }: ProgressParams): void {
    const progress: Progress = { stage, done, total, unit };
    if (typeof requestId === "number") this.progressListeners.get(requestId)?.(progress);
  }

  /** Counts seconds awake, so that a computer that slept does not call its agent hung. */
  private tick(): void {
    if (this.connection.pendingRequests === 0) return;
    const limit = this.options.hangSeconds ?? defaultHangSeconds;
    if (++this.silentSeconds >= limit) this.finish(hung(this.options.deviceName, limit), true);
  }

  /** What came before the garbage still counts. */
  private async garbled(excerpt: string): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    await this.connection.drained();
    this.finish(garbled(this.options.deviceName, excerpt), true);
  }

  private async processEnded(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    const end = await soon<ExitReason>(this.process.exited, { kind: "connection-lost" });
    await soon(streamEnd(this.process.stdout), undefined);
    await this.connection.drained();
    this.finish(await this.reasonFor(end), false);
  }

  private async reasonFor(end: ExitReason): Promise<Failure> {
    const name = this.options.deviceName;
    // An agent ends of itself only when its input ends, and it was not ended here.
    if (end.kind === "connection-lost" || (end.kind === "exited" && end.code === 0)) {
      return { code: "connection-lost", message: `The connection to ${name} was lost: plug it in again and retry.` };
    }
    const read = this.options.readLog?.(AbortSignal.timeout(exitReasonMs));
    const log = read === undefined ? undefined : await soon(read, undefined);
    const tail = log?.ok === true ? log.value.trimEnd().split("\n").slice(-5).join("\n") : "";
    const exit = describeEnd(end);
    return {
      code: "agent-crashed",
      message: `The agent on ${name} ${exit} while it was needed: run again, and read the agent's log if it happens twice.`,
      context: tail === "" ? { exit } : { exit, log: tail },
    };
  }

  private finish(reason: Failure, kill: boolean): void {
    if (this.over) return;
    this.over = true;
    this.ending = true;
    clearInterval(this.watchdog);
    this.connection.close(reason);
    if (kill) this.process.kill();
    // A child of the agent may hold the pipes open, and they would hold this process.
    this.process.stdin.destroy();
    this.process.stdout.destroy();
    this.settleEnded(reason);
    this.owned.dispose();
  }
}

function garbled(deviceName: string, excerpt: string): Failure {
  return {
    code: "agent-garbled",
    message: `What answers on ${deviceName} does not speak Tandem's protocol: deploy the agent again.`,
    context: { received: excerpt },
  };
}

function hung(deviceName: string, seconds: number): Failure {
  return {
    code: "agent-hung",
    message: `The agent on ${deviceName} said nothing for ${seconds} seconds and was ended: run again.`,
  };
}

function deaf(deviceName: string): Failure {
  return {
    code: "agent-hung",
    message: `The agent on ${deviceName} did not stop within ${cancelSeconds} seconds and was ended: run again.`,
  };
}

/** The promise's value, or `otherwise` when it takes too long or fails. */
function soon<T>(promise: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(otherwise), exitReasonMs);
    const settle = (value: T): void => {
      clearTimeout(timer);
      resolve(value);
    };
    promise.then(settle, () => settle(otherwise));
  });
}

function streamEnd(stream: NodeJS.ReadableStream & { readonly readableEnded?: boolean; readonly destroyed?: boolean }): Promise<void> {
  if (stream.readableEnded === true || stream.destroyed === true) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("end", () => resolve());
    stream.once("close", () => resolve());
  });
}
