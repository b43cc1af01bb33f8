import type { Disposable } from "../base/disposable";
import { Emitter } from "../base/event";
import type { Log } from "../base/log";
import type { Failure } from "../base/result";
import type { Adb, AdbListing } from "./adb";
import { AdbDevice, type AdbDeviceContext } from "./adbDevice";
import type { AgentPlaces } from "./agentChoice";
import { BlockHashes } from "./blockHashes";
import type { Device, DeviceSource } from "./device";
import { LocalDevice } from "./local";

export interface DeviceRegistryOptions {
  readonly adb: Adb;
  /** The extension's folder, or the checkout: agents are below it. */
  readonly extensionPath: string;
  /** Holds this computer's agent log and the hashes of models. */
  readonly storagePath: string;
  /** Path of an agent that takes the place of those in `extensionPath`. */
  readonly agentPath: () => string | undefined;
  readonly log: Log;
}

const firstPauseMs = 1000;
const longestPauseMs = 15_000;
const identifyAttempts = 5;
const identifyPauseMs = 100;

/** This computer and all phones of one adb server, followed until disposed. */
export class DeviceRegistry implements DeviceSource, Disposable {
  private readonly computer: LocalDevice;
  private readonly context: AdbDeviceContext;
  private readonly changed = new Emitter<void>();
  private readonly ending = new AbortController();
  private phones = new Map<string, AdbDevice>();
  private problem: Failure | undefined;
  private round = new AbortController();
  /** Those who wait for the next list. */
  private waiting: (() => void)[] = [];
  private listed = false;

  readonly onDidChange = this.changed.event;

  constructor(private readonly options: DeviceRegistryOptions) {
    const { adb, extensionPath, storagePath, agentPath } = options;
    const places = (): AgentPlaces => ({ setting: agentPath() ?? "", folder: extensionPath });
    this.computer = new LocalDevice(places, storagePath);
    this.context = { adb, places, hashes: new BlockHashes(storagePath) };
    void this.follow();
  }

  get devices(): readonly Device[] {
    return [this.computer, ...this.phones.values()];
  }

  get problems(): readonly Failure[] {
    return this.problem === undefined ? [] : [this.problem];
  }

  /** Resolves once adb has listed its phones and their names are known, or once it is known why it cannot. */
  ready(): Promise<void> {
    return this.listed || this.ending.signal.aborted ? Promise.resolve() : this.nextList();
  }

  /** Asks again, for example after the adb settings have changed; resolves with the new list. */
  refresh(): Promise<void> {
    if (this.ending.signal.aborted) return Promise.resolve();
    const listed = this.nextList();
    this.round.abort();
    return listed;
  }

  dispose(): void {
    this.ending.abort();
    this.round.abort();
    this.changed.dispose();
    this.release();
  }

  /** Follows the server's list; while there is no server, tries again, less and less often. */
  private async follow(): Promise<void> {
    let pauseMs = firstPauseMs;
    for (const { signal } = this.ending; !signal.aborted;) {
      this.round = new AbortController();
      const round = this.round.signal;
      const ended = await this.options.adb.track((listings) => {
        pauseMs = firstPauseMs;
        void this.update(listings);
      }, round);
      if (ended.ok || round.aborted) continue;
      this.options.log.write("warning", `adb: ${ended.failure.message}`);
      this.problem = ended.failure;
      this.phones = new Map();
      this.announce();
      await pause(pauseMs, round);
      pauseMs = Math.min(longestPauseMs, 2 * pauseMs);
    }
  }

  private async update(listings: readonly AdbListing[]): Promise<void> {
    this.problem = undefined;
    const before = this.phones;
    this.phones = new Map(
      listings.map(({ serial, state }) => {
        const device = before.get(serial) ?? new AdbDevice(serial, state, this.context);
        device.setAdbState(state);
        return [serial, device];
      }),
    );
    // A phone keeps its serial as its name until it has been asked; the others need not wait for that.
    this.changed.fire();
    const ready = [...this.phones.values()].filter((device) => device.state.kind === "ready");
    await Promise.all(ready.map((device) => this.identify(device)));
    this.announce();
  }

  /** A phone that has just come may be listed as ready a moment before it answers. */
  private async identify(device: AdbDevice): Promise<void> {
    const { signal } = this.ending;
    for (let attempt = 0; attempt < identifyAttempts; attempt++) {
      const answer = await device.identify(signal);
      const gone = this.phones.get(device.serial) !== device || device.state.kind !== "ready";
      if (answer.ok || gone || signal.aborted) return;
      this.options.log.write("warning", `${device.id}: ${answer.failure.message}`);
      await pause(identifyPauseMs * 2 ** attempt, signal);
    }
  }

  private nextList(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private announce(): void {
    this.listed = true;
    this.release();
    this.changed.fire();
  }

  private release(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Waits, or returns at once when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
