import net from "node:net";
import type { AdbStream, StreamService } from "./stream";

/** Where a socket of the phone is on this computer: `tcp:PORT` or `localabstract:NAME`. Undefined for other kinds. */
export function addressOf(name: string): net.NetConnectOpts | undefined {
  const tcp = /^tcp:(\d{1,5})$/.exec(name);
  if (tcp !== null) return { host: "127.0.0.1", port: Number(tcp[1]) };
  const abstract = /^localabstract:([^\0]+)$/.exec(name);
  return abstract !== null && process.platform === "linux" ? { path: `\0${abstract[1] ?? ""}` } : undefined;
}

/** Connects a stream of the host to a socket that a program on the phone listens on. */
export function openTunnel(stream: AdbStream, service: string): StreamService | undefined {
  const address = addressOf(service);
  return address === undefined ? undefined : join(stream, net.connect(address));
}

/** Carries bytes both ways until either side ends. */
export function join(stream: AdbStream, socket: net.Socket): StreamService {
  socket.setNoDelay(true);
  socket.on("error", () => undefined); // `close` follows.
  void (async () => {
    try {
      for await (const chunk of socket) if (!(await stream.write(chunk as Buffer))) break;
    } catch {
      // The socket broke; the stream ends below.
    }
    await stream.end();
  })();
  return {
    async receive(payload) {
      if (socket.destroyed || socket.write(payload)) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          socket.off("drain", done).off("close", done);
          resolve();
        };
        socket.on("drain", done).on("close", done);
      });
    },
    closed() {
      socket.destroy();
    },
  };
}
