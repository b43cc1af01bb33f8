import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Result, failure, success } from "../../base/result";
import { type Adb, createAdb } from "../../device/adb";
import { findAdb } from "../../device/adbServer";
import { freePort } from "../../device/freePort";

const patienceMs = 10_000;

/** A real adb server with a port and keys of its own, so that the user's server and phones are left alone. */
export class PrivateAdb {
  private constructor(
    readonly adb: Adb,
    readonly program: string,
    readonly port: number,
    /** What every adb program that talks to it needs. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly server: ChildProcess,
    private readonly home: string,
  ) {}

  static async start(signal: AbortSignal): Promise<Result<PrivateAdb>> {
    const program = await findAdb("", process.env);
    if (program === undefined)
      return failure("adb-missing", "adb was not found: install it, for example with apt-get install adb.");
    const port = await freePort();
    const home = await mkdtemp(path.join(os.tmpdir(), "tandem-adb-"));
    const environment = { HOME: home, ANDROID_USER_HOME: home, PATH: process.env["PATH"] ?? "", ADB_MDNS: "0" };
    const server = spawn(program, ["-P", String(port), "nodaemon", "server"], { env: environment, stdio: "ignore" });
    const adb = createAdb({ server: () => `127.0.0.1:${port}`, path: () => program, environment });
    const made = new PrivateAdb(adb, program, port, environment, server, home);
    const end = performance.now() + patienceMs;
    while (!(await listens(port))) {
      if (performance.now() > end || server.exitCode !== null || signal.aborted) {
        await made.stop();
        return failure("adb-server", `adb's server did not start on port ${port}: run "adb start-server" to see why.`);
      }
      await delay(20);
    }
    return success(made);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.server.once("exit", resolve));
    if (this.server.exitCode === null && this.server.signalCode === null && this.server.kill("SIGKILL")) await ended;
    await rm(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    const answer = (found: boolean) => (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });
}
