import { Adb as Adbkit } from "@devicefarmer/adbkit";
import type { Socket } from "node:net";
import { cancelled, orCancelled } from "../base/cancel";
import { failure, type Result, success } from "../base/result";
import { adbAddress, ensureServer, findAdb } from "./adbServer";
import { sentence } from "./text";

/** A line of `adb devices`. `state` is adb's own word: `device`, `unauthorized`, `offline`, `recovery`, ... */
export interface AdbListing {
  readonly serial: string;
  readonly state: string;
}

/** A phone as adb knows it, with the name that messages use. */
export interface AdbTarget {
  readonly serial: string;
  readonly name: string;
}

/** An adb server, started where none runs. */
export interface Adb {
  /** Calls `listener` with the whole list now and after each change, until the signal is aborted or the server ends. */
  track(listener: (devices: readonly AdbListing[]) => void, signal: AbortSignal): Promise<Result<void>>;
  /** `adb connect`; gives the serial. */
  connect(hostAndPort: string, signal: AbortSignal): Promise<Result<string>>;
  /** `adb pair`, with the code that the phone shows. */
  pair(hostAndPort: string, code: string, signal: AbortSignal): Promise<Result<void>>;
  /** A phone that has not allowed this computer asks its question again. */
  askAgain(serial: string, signal: AbortSignal): Promise<Result<void>>;
  /** `adb disconnect`. */
  disconnect(hostAndPort: string, signal: AbortSignal): Promise<Result<void>>;
  /** Opens a service of the phone's adbd, e.g. `exec:ls`. The socket carries its bytes both ways from then on. */
  open(target: AdbTarget, service: string, signal: AbortSignal): Promise<Result<Socket>>;
}

export interface AdbOptions {
  /** `host:port`; empty: from the environment. Read before each connection, so that a changed setting counts at once. */
  readonly server: () => string;
  /** Path of the adb program; empty: searched for. */
  readonly path: () => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function createAdb(options: AdbOptions): Adb {
  return new AdbkitAdb(options);
}

/** The parts of adbkit's connection that are used here. Its promises are another library's, so they are wrapped at once. */
interface Connection {
  readonly socket: Socket;
  readonly parser: {
    readAscii(count: number): PromiseLike<string>;
    readValue(): PromiseLike<Buffer>;
  };
  write(data: Buffer): unknown;
}

interface Client {
  connection(): PromiseLike<Connection>;
  on(event: "error", listener: (error: Error) => void): unknown;
}

class AdbkitAdb implements Adb {
  constructor(private readonly options: AdbOptions) {}

  async track(listener: (devices: readonly AdbListing[]) => void, signal: AbortSignal): Promise<Result<void>> {
    const opened = await this.request("host:track-devices", signal);
    if (!opened.ok) return opened;
    const connection = opened.value;
    const reading = (async (): Promise<Result<void>> => {
      try {
        for (;;) {
          const text = (await connection.parser.readValue()).toString("utf8");
          if (!signal.aborted) listener(parseListings(text));
        }
      } catch (error) {
        return failure("adb-server-lost", sentence.adbServerUnreachable(this.where()), reasonOf(error));
      }
    })();
    return orCancelled(reading, signal, () => connection.socket.destroy());
  }

  async connect(hostAndPort: string, signal: AbortSignal): Promise<Result<string>> {
    const reply = await this.ask(`host:connect:${hostAndPort}`, signal);
    if (!reply.ok) return reply;
    // adb says OKAY in any case; only its words tell.
    if (/^(already )?connected to /.test(reply.value)) return success(hostAndPort);
    if (/authenticate|authoriz/.test(reply.value)) {
      return failure("unauthorised", sentence.notAuthorised(hostAndPort), { adb: reply.value });
    }
    return failure("connect-failed", sentence.connectFailed(hostAndPort), { adb: reply.value });
  }

  async pair(hostAndPort: string, code: string, signal: AbortSignal): Promise<Result<void>> {
    const reply = await this.ask(`host:pair:${code}:${hostAndPort}`, signal);
    if (!reply.ok) {
      const said = reply.failure.context?.["adb"] ?? "";
      return /unknown host service/.test(said)
        ? failure("adb-too-old", sentence.pairUnknown(), reply.failure.context)
        : reply;
    }
    if (/^Successfully paired/.test(reply.value)) return success();
    return failure("pairing-failed", sentence.pairFailed(hostAndPort), { adb: reply.value });
  }

  async askAgain(serial: string, signal: AbortSignal): Promise<Result<void>> {
    if (/:\d+$/.test(serial)) {
      // adb does not come back by itself to an address that refused it.
      const left = await this.disconnect(serial, signal);
      const again = left.ok ? await this.connect(serial, signal) : left;
      return again.ok || again.failure.code === "unauthorised" ? success() : again;
    }
    const reply = await this.ask("host:reconnect-offline", signal);
    return reply.ok ? success() : reply;
  }

  async disconnect(hostAndPort: string, signal: AbortSignal): Promise<Result<void>> {
    const reply = await this.ask(`host:disconnect:${hostAndPort}`, signal);
    return reply.ok ? success() : reply;
  }

  async open(target: AdbTarget, service: string, signal: AbortSignal): Promise<Result<Socket>> {
    const opened = await this.request(`host:transport:${target.serial}`, signal);
    if (!opened.ok)
      return opened.failure.code === "adb-refused" ? phoneFailure(target, opened.failure.context) : opened;
    const connection = opened.value;
    const answered = await orCancelled(send(connection, service), signal, () => connection.socket.destroy());
    if (answered.ok) return success(connection.socket);
    return answered.failure.code === "adb-refused" ? phoneFailure(target, answered.failure.context) : answered;
  }

  /** A request whose answer is one text. */
  private async ask(request: string, signal: AbortSignal): Promise<Result<string>> {
    const opened = await this.request(request, signal);
    if (!opened.ok) return opened;
    const connection = opened.value;
    const reading = Promise.resolve(connection.parser.readValue()).then(
      (value) => success(value.toString("utf8")),
      (error: unknown) => failure("adb-server-lost", sentence.adbServerUnreachable(this.where()), reasonOf(error)),
    );
    const reply = await orCancelled(reading, signal);
    connection.socket.destroy();
    return reply;
  }

  /** A connection to the server on which a request was sent and answered with OKAY. */
  private async request(request: string, signal: AbortSignal): Promise<Result<Connection>> {
    const { server, path, environment } = this.options;
    const address = adbAddress(server(), environment);
    if (!address.ok) return address;
    const program = await findAdb(path(), environment);
    const ready = await ensureServer(address.value, program, environment, signal);
    if (!ready.ok) return ready;
    const client: Client = Adbkit.createClient({ ...address.value, bin: program ?? "adb" });
    client.on("error", () => undefined); // Every connection's own listeners tell the same.
    let connection: Connection;
    try {
      connection = await client.connection();
    } catch (error) {
      return failure("adb-server", sentence.adbServerUnreachable(this.where()), reasonOf(error));
    }
    connection.socket.on("error", () => undefined);
    if (signal.aborted) {
      connection.socket.destroy();
      return cancelled();
    }
    const answered = await orCancelled(send(connection, request), signal, () => connection.socket.destroy());
    return answered.ok ? success(connection) : answered;
  }

  private where(): string {
    const address = adbAddress(this.options.server(), this.options.environment);
    return address.ok ? `${address.value.host}:${address.value.port}` : this.options.server();
  }
}

/** `<serial>\t<state>` lines. */
export function parseListings(text: string): readonly AdbListing[] {
  return text.split("\n").flatMap((line) => {
    const [serial, state] = line.split("\t");
    return serial === undefined || state === undefined || serial === "" ? [] : [{ serial, state: state.trim() }];
  });
}

/** What a refusal of adb says about the phone. */
function phoneFailure(target: AdbTarget, context: Readonly<Record<string, string>> | undefined): Result<never> {
  const said = context?.["adb"] ?? "";
  const known: readonly [RegExp, string, string][] = [
    [/unauthorized|authorizing/, "unauthorised", sentence.notAuthorised(target.name)],
    [/offline|connecting/, "offline", sentence.offline(target.name)],
    [/not found|no devices|closed$/, "connection-lost", sentence.unplugged(target.name)],
    [/permission/, "unsupported", sentence.noPermission(target.name)],
  ];
  const found = known.find(([pattern]) => pattern.test(said));
  if (found === undefined) return failure("adb-refused", sentence.adbRefused(target.name), { adb: said });
  return failure(found[1], found[2], { adb: said });
}

/** Sends a request with its length before it and waits for OKAY. A refusal's words are in the context as `adb`. */
async function send(connection: Connection, request: string): Promise<Result<void>> {
  try {
    const body = Buffer.from(request, "utf8");
    connection.write(Buffer.concat([Buffer.from(body.length.toString(16).padStart(4, "0")), body]));
    const reply = await connection.parser.readAscii(4);
    if (reply === "OKAY") return success();
    const said = reply === "FAIL" ? (await connection.parser.readValue()).toString("utf8") : reply;
    connection.socket.destroy();
    return failure("adb-refused", sentence.adbRefused("this computer"), { adb: said });
  } catch (error) {
    connection.socket.destroy();
    // The server closes without a word when the phone goes away in the middle.
    return failure("adb-refused", sentence.adbRefused("this computer"), { adb: "closed", ...reasonOf(error) });
  }
}

function reasonOf(error: unknown): Readonly<Record<string, string>> {
  return { reason: error instanceof Error ? error.message : String(error) };
}
