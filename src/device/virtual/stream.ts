/** What a stream needs of its connection. */
export interface StreamLink {
  /** Longest payload that the other side takes, in bytes. */
  readonly maxPayload: number;
  sendWrite(localId: number, remoteId: number, payload: Buffer): void;
  sendOkay(localId: number, remoteId: number): void;
  sendClose(localId: number, remoteId: number): void;
  forget(localId: number): void;
}

/** What a service does with a stream that the host opened. */
export interface StreamService {
  /** The host's next packet is asked for when this has settled. */
  receive(payload: Buffer): void | Promise<void>;
  /** The host closed the stream, or the connection is gone. */
  closed(): void;
}

/** One adb stream. Each side has one packet under way and sends the next when the other side says OKAY. */
export class AdbStream {
  service: StreamService | undefined;
  private waiting: ((alive: boolean) => void) | undefined;
  private sending: Promise<boolean> = Promise.resolve(true);
  private receiving: Promise<void> = Promise.resolve();
  private gone = false;

  constructor(
    private readonly link: StreamLink,
    readonly localId: number,
    /** 0 on a stream that this side opened, until the host has answered. */
    public remoteId: number,
  ) {
    if (remoteId === 0) this.sending = new Promise((resolve) => (this.waiting = resolve));
  }

  /** Resolves when the host has taken all of it; false when the stream is gone. */
  write(data: Buffer): Promise<boolean> {
    this.sending = this.sending.then(async (alive) => {
      for (let at = 0; alive && at < data.length; at += this.link.maxPayload) {
        alive = await this.writePacket(data.subarray(at, at + this.link.maxPayload));
      }
      return alive;
    });
    return this.sending;
  }

  /** Closes the stream once everything written has been taken. */
  async end(): Promise<void> {
    await this.sending;
    if (this.gone) return;
    this.gone = true;
    this.link.sendClose(this.localId, this.remoteId);
    this.link.forget(this.localId);
  }

  /** The host took our packet. */
  acknowledged(remoteId: number): void {
    this.remoteId = remoteId;
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.(true);
  }

  received(payload: Buffer): void {
    this.receiving = this.receiving.then(async () => {
      if (this.gone) return;
      await this.service?.receive(payload);
      if (!this.isGone()) this.link.sendOkay(this.localId, this.remoteId);
    });
  }

  /** The host closed the stream or the connection is gone: nothing can be sent any more. */
  abandon(): void {
    if (this.gone) return;
    this.gone = true;
    this.waiting?.(false);
    this.waiting = undefined;
    this.link.forget(this.localId);
    this.service?.closed();
  }

  private isGone(): boolean {
    return this.gone;
  }

  private async writePacket(payload: Buffer): Promise<boolean> {
    if (this.gone) return false;
    const taken = new Promise<boolean>((resolve) => (this.waiting = resolve));
    this.link.sendWrite(this.localId, this.remoteId, payload);
    return taken;
  }
}
