import { type Disposable, DisposableStore } from "../../base/disposable";
import { Emitter, type Event } from "../../base/event";
import type { Log } from "../../base/log";
import type { Device, DeviceFacts, DeviceSource } from "../../device/device";
import type { AgentState, DeviceView } from "../trees/deviceRows";

/** The devices with what is known of each: facts read from it, and its agent's state. */
export class DevicesModel implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly store = new DisposableStore();
  private readonly changed = this.store.add(new Emitter<void>());
  private readonly facts = new Map<string, DeviceFacts>();
  private readonly agents = new Map<string, AgentState>();
  private readonly reading = new Map<string, AbortController>();

  /** @param source follows the adb server of the settings. */
  constructor(
    private readonly source: DeviceSource & { refresh(): Promise<void> },
    private readonly log: Log,
  ) {
    this.onDidChange = this.changed.event;
    this.store.add(source.onDidChange(() => this.follow()));
    this.follow();
  }

  get devices(): readonly Device[] {
    return this.source.devices;
  }

  get problems(): DeviceSource["problems"] {
    return this.source.problems;
  }

  get views(): readonly DeviceView[] {
    return this.devices.map((device) => ({
      device,
      facts: this.facts.get(device.id),
      agent: this.agents.get(device.id) ?? { kind: "unknown" },
    }));
  }

  find(id: string): Device | undefined {
    return this.devices.find((device) => device.id === id);
  }

  factsOf(id: string): DeviceFacts | undefined {
    return this.facts.get(id);
  }

  setAgent(id: string, state: AgentState): void {
    this.agents.set(id, state);
    this.changed.fire();
  }

  /** Looks for devices anew and reads the facts of each. */
  async refresh(): Promise<void> {
    await this.source.refresh();
    await this.readFacts();
  }

  async readFacts(): Promise<void> {
    await Promise.all(this.devices.map((device) => this.read(device)));
  }

  dispose(): void {
    for (const controller of this.reading.values()) controller.abort();
    this.store.dispose();
  }

  private follow(): void {
    const states = this.devices.map((device) => `${device.name} (${device.id}): ${device.state.kind}`);
    this.log.write("debug", `devices: ${states.join(", ")}`);
    const present = new Set(this.devices.map((device) => device.id));
    for (const id of [...this.facts.keys(), ...this.agents.keys()]) {
      if (present.has(id)) continue;
      this.facts.delete(id);
      this.agents.delete(id);
    }
    for (const [id, controller] of this.reading) if (!present.has(id)) controller.abort();
    this.changed.fire();
    for (const device of this.devices) if (!this.facts.has(device.id)) void this.read(device);
  }

  private async read(device: Device): Promise<void> {
    if (device.state.kind !== "ready" || this.reading.has(device.id)) return;
    const controller = new AbortController();
    this.reading.set(device.id, controller);
    const facts = await device.facts(controller.signal);
    this.reading.delete(device.id);
    if (controller.signal.aborted) return;
    if (facts.ok) this.facts.set(device.id, facts.value);
    else this.log.write("warning", `${device.name}: ${facts.failure.message} (${facts.failure.code})`);
    this.changed.fire();
  }
}
