import type { HelloResult, ModelLoadResult } from "../agent/protocol.gen";
import { AgentSession } from "../agent/session";
import type { Disposable } from "../base/disposable";
import { Emitter, type Event } from "../base/event";
import { type Log, silentLog } from "../base/log";
import type { ProgressListener } from "../base/progress";
import { type Result, failure, success } from "../base/result";
import { inSentence } from "../base/words";
import type { DeployReport, Device } from "../device/device";
import type { ModelHeader } from "../model/header";

/** The model that an agent holds, and what it was made from. */
export interface LoadedModel {
  /** Changes when the file or a setting that needs a new load does. */
  readonly key: string;
  readonly header: ModelHeader;
  readonly devicePath: string;
  readonly load: ModelLoadResult;
}

/** A device with its agent running. */
export interface PreparedDevice {
  readonly device: Device;
  readonly session: AgentSession;
  readonly hello: HelloResult;
  /** Sentences a user should see. */
  readonly notes: readonly string[];
  /** Absent until `loadModel`. */
  loaded: LoadedModel | undefined;
}

export interface SessionsOptions {
  readonly clientVersion: string;
  readonly hangSeconds?: number;
  readonly log?: Log;
}

/** Keeps one agent session for each device, so that a second run need not deploy, start or load again. */
export class AgentSessions implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly changed = new Emitter<void>();
  private readonly prepared = new Map<string, PreparedDevice>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(private readonly options: SessionsOptions) {
    this.onDidChange = this.changed.event;
  }

  /** The live session of a device, if there is one. */
  get(deviceId: string): PreparedDevice | undefined {
    const prepared = this.prepared.get(deviceId);
    return prepared?.session.alive === true ? prepared : undefined;
  }

  /** Deploys and starts the agent where it does not run yet. */
  prepare(device: Device, progress: ProgressListener, signal: AbortSignal): Promise<Result<PreparedDevice>> {
    return this.inTurn(device.id, async () => {
      const kept = this.get(device.id);
      if (kept !== undefined) return success(kept);
      const deployed = await this.deployNow(device, progress, signal);
      return deployed.ok ? this.start(device, deployed.value.notes, progress, signal) : deployed;
    });
  }

  /** Puts the current agent on the device, and starts it again if a session runs with an older one. */
  deploy(
    device: Device,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Result<{ readonly report: DeployReport; readonly prepared: PreparedDevice }>> {
    return this.inTurn(device.id, async () => {
      const report = await this.deployNow(device, progress, signal);
      if (!report.ok) return report;
      const kept = this.get(device.id);
      if (kept !== undefined && report.value.skipped) return success({ report: report.value, prepared: kept });
      kept?.session.dispose();
      const prepared = await this.start(device, report.value.notes, progress, signal);
      return prepared.ok ? success({ report: report.value, prepared: prepared.value }) : prepared;
    });
  }

  /** Ends the agent of one device, politely. */
  async end(deviceId: string): Promise<void> {
    const prepared = this.get(deviceId);
    this.prepared.delete(deviceId);
    await prepared?.session.shutdown(AbortSignal.timeout(2000));
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.prepared.keys()].map((id) => this.end(id)));
  }

  dispose(): void {
    for (const { session } of this.prepared.values()) session.dispose();
    this.prepared.clear();
    this.changed.dispose();
  }

  /** One preparation of a device at a time; a later one finds what the earlier one made. */
  private async inTurn<T>(deviceId: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(deviceId) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.queues.set(
      deviceId,
      mine.catch(() => undefined),
    );
    return mine;
  }

  private async deployNow(
    device: Device,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Result<DeployReport>> {
    if (signal.aborted) return failure("cancelled", "Cancelled before it began.");
    if (device.state.kind !== "ready") return failure(device.state.kind, device.state.sentence);
    return device.deployAgent(progress, signal);
  }

  private async start(
    device: Device,
    notes: readonly string[],
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<Result<PreparedDevice>> {
    progress({ stage: `Starting the agent on ${inSentence(device.name)}`, done: 0, total: 0, unit: "steps" });
    const process = await device.startAgent(signal);
    if (!process.ok) return process;
    const session = await AgentSession.start(
      process.value,
      {
        deviceName: inSentence(device.name),
        clientVersion: this.options.clientVersion,
        readLog: (stop) => device.readAgentLog(stop),
        log: this.options.log ?? silentLog,
        ...(this.options.hangSeconds === undefined ? {} : { hangSeconds: this.options.hangSeconds }),
      },
      signal,
    );
    if (!session.ok) return session;
    const { hello } = session.value;
    const all = [...new Set([...notes, ...hello.notes])];
    const prepared: PreparedDevice = { device, session: session.value, hello, notes: all, loaded: undefined };
    this.prepared.set(device.id, prepared);
    void session.value.ended.then(() => {
      if (this.prepared.get(device.id) === prepared) this.prepared.delete(device.id);
      this.changed.fire();
    });
    this.changed.fire();
    return success(prepared);
  }
}
