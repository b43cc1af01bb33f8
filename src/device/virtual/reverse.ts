import net from "node:net";
import type { AdbStream } from "./stream";
import { addressOf, join } from "./tunnel";

/** `adb reverse`: sockets on the phone whose connections go to the host. They live as long as the connection to the host. */
export class ReverseForwards {
  private readonly servers = new Map<string, { readonly server: net.Server; readonly target: string }>();

  constructor(private readonly openToHost: (service: string) => AdbStream) {}

  /** Answers one `reverse:` request on its stream and closes it. */
  async handle(stream: AdbStream, request: string): Promise<void> {
    const forward = /^forward:(norebind:)?([^;]+);(.+)$/.exec(request);
    if (forward !== null) {
      const [, once, name = "", target = ""] = forward;
      await stream.write(Buffer.from(await this.add(name, target, once !== undefined)));
    } else if (request === "list-forward") {
      const lines = [...this.servers].map(([name, { target }]) => `(reverse) ${name} ${target}\n`).join("");
      await stream.write(Buffer.from(withLength(lines)));
    } else if (request === "killforward-all") {
      this.dispose();
      await stream.write(Buffer.from("OKAY"));
    } else if (request.startsWith("killforward:")) {
      const found = this.remove(request.slice("killforward:".length));
      await stream.write(Buffer.from(found ? "OKAY" : failure("listener not found")));
    } else {
      await stream.write(Buffer.from(failure("unknown reverse request")));
    }
    await stream.end();
  }

  dispose(): void {
    for (const { server } of this.servers.values()) server.close();
    this.servers.clear();
  }

  private async add(name: string, target: string, once: boolean): Promise<string> {
    const address = addressOf(name);
    if (address === undefined) return failure(`cannot listen on ${name}`);
    if (once && this.servers.has(name)) return failure("cannot rebind existing socket");
    this.remove(name);
    const server = net.createServer((socket) => {
      const stream = this.openToHost(target);
      stream.service = join(stream, socket);
    });
    const problem = await new Promise<string | undefined>((resolve) => {
      server.once("error", (error) => resolve(error.message));
      server.listen(address, () => resolve(undefined));
    });
    if (problem !== undefined) return failure(problem);
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    this.servers.set(name === "tcp:0" ? `tcp:${port}` : name, { server, target });
    return name === "tcp:0" ? `OKAY${withLength(String(port))}` : "OKAY";
  }

  private remove(name: string): boolean {
    this.servers.get(name)?.server.close();
    return this.servers.delete(name);
  }
}

function withLength(text: string): string {
  return Buffer.byteLength(text).toString(16).padStart(4, "0") + text;
}

function failure(text: string): string {
  return `FAIL${withLength(text)}`;
}
