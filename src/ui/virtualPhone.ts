import type { Disposable } from "../base/disposable";
import { Emitter, type Event } from "../base/event";
import { type Result, failure, success } from "../base/result";
import type { Adb } from "../device/adb";
import { phones } from "../device/virtual/description";
import { VirtualPhone } from "../device/virtual/phone";
import { text } from "./text";

/** The virtual phone that the user can start from the Devices view; it ends with the window. */
export class VirtualPhoneControl implements Disposable {
  readonly onDidChange: Event<void>;
  private readonly changed = new Emitter<void>();
  private phone: VirtualPhone | undefined;
  private starting = false;

  constructor(
    private readonly adb: Pick<Adb, "connect" | "disconnect">,
    private readonly drivers: Readonly<Record<string, string>>,
  ) {
    this.onDidChange = this.changed.event;
  }

  get state(): "stopped" | "starting" | "running" {
    if (this.starting) return "starting";
    return this.phone === undefined ? "stopped" : "running";
  }

  /** Starts the phone and has the adb server connect to it, as a user would. */
  async start(signal: AbortSignal): Promise<Result<void>> {
    if (this.state !== "stopped") return success();
    const [description] = phones;
    if (description === undefined) return failure("unsupported", text.noVirtualPhone());
    this.set(undefined, true);
    const started = await VirtualPhone.start({ phone: description, drivers: this.drivers });
    if (!started.ok) {
      this.set(undefined, false);
      return started;
    }
    const phone = started.value;
    const connected = await this.adb.connect(phone.serial, signal);
    if (!connected.ok) {
      await phone.dispose();
      this.set(undefined, false);
      return connected.failure.code === "adb-missing"
        ? failure("adb-missing", text.virtualPhoneNeedsAdb(), connected.failure.context)
        : connected;
    }
    this.set(phone, false);
    return success();
  }

  async stop(): Promise<void> {
    const { phone } = this;
    if (phone === undefined) return;
    this.set(undefined, false);
    // The server would otherwise list it as offline.
    await this.adb.disconnect(phone.serial, AbortSignal.timeout(2000));
    await phone.dispose();
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
  }

  private set(phone: VirtualPhone | undefined, starting: boolean): void {
    this.phone = phone;
    this.starting = starting;
    this.changed.fire();
  }
}
