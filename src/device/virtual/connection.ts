import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ByteQueue } from "../byteQueue";
import type { Faults } from "./faults";
import { commands, decodeHeader, encodeHeader, headerBytes, maxPayload, type Packet, protocolVersion } from "./packet";
import { AdbStream, type StreamLink, type StreamService } from "./stream";

/** Features that this side really has. Not sendrecv_v2: files go as plain DATA requests. */
const features = "shell_v2,stat_v2,ls_v2,fixed_push_mkdir";
const authToken = 1;
const authPublicKey = 3;

export interface ConnectionHost {
  readonly banner: string;
  readonly faults: Faults;
  /** The service of a stream, or undefined where the phone has none of that name. */
  open(stream: AdbStream, service: string, connection: Connection): StreamService | undefined;
  killAgents(): Promise<number>;
}

/** One connection of an adb server: the handshake, then packets of many streams. */
export class Connection implements StreamLink {
  maxPayload = 4096;
  private readonly streams = new Map<number, AdbStream>();
  private readonly queue = new ByteQueue();
  private sending: Promise<void> = Promise.resolve();
  private nextId = 1;
  private withSum = true;
  /** What has to be done before the next packet. */
  private pending: Promise<unknown> = Promise.resolve();
  private ready = false;

  constructor(
    private readonly socket: Socket,
    private readonly host: ConnectionHost,
  ) {
    socket.setNoDelay(true);
    socket.on("error", () => undefined); // `close` follows.
    socket.on("close", () => this.end());
  }

  /** Serves until the connection ends. */
  async run(): Promise<void> {
    const reading = this.read();
    for (;;) {
      const packet = await this.next();
      if (packet === undefined || !this.handle(packet)) break;
      await this.pending;
    }
    this.socket.destroy();
    await reading;
  }

  /** Opens a stream from the phone to the host, as reverse forwards do. */
  openToHost(service: string): AdbStream {
    const stream = this.newStream(0);
    this.send(commands.open, stream.localId, 0, Buffer.from(`${service}\0`));
    return stream;
  }

  sendWrite(localId: number, remoteId: number, payload: Buffer): void {
    const { payload: sent, drop } = this.host.faults.sent(payload);
    this.send(commands.write, localId, remoteId, sent);
    if (drop) this.sending = this.sending.then(() => this.drop());
  }

  sendOkay(localId: number, remoteId: number): void {
    this.send(commands.okay, localId, remoteId);
  }

  sendClose(localId: number, remoteId: number): void {
    this.send(commands.close, localId, remoteId);
  }

  forget(localId: number): void {
    this.streams.delete(localId);
  }

  /** Breaks the connection at once, as pulling the cable does. */
  drop(): void {
    this.socket.destroy();
    this.end();
  }

  private async read(): Promise<void> {
    try {
      for await (const chunk of this.socket) {
        this.queue.push(chunk as Buffer);
        while (this.queue.length > 4 * maxPayload && !this.socket.destroyed) await sleep(1);
      }
    } catch {
      // Broken: the same as ended.
    }
    this.queue.end();
  }

  private async next(): Promise<Packet | undefined> {
    const bytes = await this.queue.take(headerBytes);
    const header = bytes === undefined ? undefined : decodeHeader(bytes);
    if (header === undefined) return undefined;
    const payload = await this.queue.take(header.length);
    if (payload === undefined) return undefined;
    const pause = this.host.faults.pause(payload.length, performance.now());
    if (pause > 0) await sleep(pause);
    return { ...header, payload };
  }

  /** False where the connection has to end. */
  private handle(packet: Packet): boolean {
    const { command, arg0, arg1, payload } = packet;
    if (this.host.faults.offline) return true;
    if (command === commands.connect) return this.greet(arg0, arg1);
    if (command === commands.auth) {
      // A signature is answered with the next token; a public key waits for somebody to tap Allow.
      if (arg0 !== authPublicKey) this.send(commands.auth, authToken, 0, randomBytes(20));
      return true;
    }
    if (!this.ready) return false;
    if (command === commands.open) this.openFromHost(arg0, payload);
    else if (command === commands.okay) this.streams.get(arg1)?.acknowledged(arg0);
    else if (command === commands.write) return this.receive(arg0, arg1, payload);
    else if (command === commands.close) {
      // Answered whatever it names, or a host that still waits would wait for ever.
      const stream = this.streams.get(arg1);
      stream?.abandon();
      if (stream !== undefined) this.send(commands.close, arg1, arg0);
    }
    return true;
  }

  private greet(version: number, peerMaxPayload: number): boolean {
    this.maxPayload = Math.max(1, Math.min(peerMaxPayload, maxPayload));
    if (this.host.faults.refuseAuthorisation) {
      this.send(commands.auth, authToken, 0, randomBytes(20));
      return true;
    }
    this.ready = true;
    const banner = Buffer.from(`device::${this.host.banner};features=${features}`);
    this.send(commands.connect, protocolVersion, maxPayload, banner);
    this.withSum = version < protocolVersion;
    return true;
  }

  private openFromHost(remoteId: number, payload: Buffer): void {
    const service = payload.toString("utf8").replace(/\0+$/, "");
    const stream = this.newStream(remoteId);
    stream.service = this.host.open(stream, service, this);
    if (stream.service !== undefined) return this.sendOkay(stream.localId, remoteId);
    this.streams.delete(stream.localId);
    this.send(commands.close, 0, remoteId);
  }

  private receive(remoteId: number, localId: number, payload: Buffer): boolean {
    const action = this.host.faults.received(payload.length);
    if (action === "drop") {
      this.drop();
      return false;
    }
    if (action === "kill-agent") this.pending = this.host.killAgents();
    const stream = this.streams.get(localId);
    if (stream === undefined) this.send(commands.close, 0, remoteId);
    else stream.received(payload);
    return true;
  }

  private newStream(remoteId: number): AdbStream {
    const stream = new AdbStream(this, this.nextId++, remoteId);
    this.streams.set(stream.localId, stream);
    return stream;
  }

  private send(command: number, arg0: number, arg1: number, payload: Buffer = Buffer.alloc(0)): void {
    const pause = this.host.faults.pause(payload.length, performance.now());
    if (pause > 0) this.sending = this.sending.then(() => sleep(pause));
    const header = encodeHeader(command, arg0, arg1, payload, this.withSum);
    this.sending = this.sending.then(() => {
      if (this.socket.destroyed) return;
      this.socket.cork();
      this.socket.write(header);
      if (payload.length > 0) this.socket.write(payload);
      this.socket.uncork();
    });
  }

  private end(): void {
    this.queue.end();
    for (const stream of [...this.streams.values()]) stream.abandon();
  }
}
