import { rmSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { failure, type Result, success } from "../../base/result";
import { isSafeFolder } from "./commandLine";
import { Connection, type ConnectionHost } from "./connection";
import { type Abi, nativeAbi, type PhoneDescription } from "./description";
import { Disk } from "./disk";
import { type FaultOptions, Faults } from "./faults";
import { Processes } from "./processes";
import { ReverseForwards } from "./reverse";
import { openShell } from "./shell";
import type { AdbStream, StreamService } from "./stream";
import { openSync } from "./sync";
import { writeSystemFiles } from "./systemFiles";
import { openTunnel } from "./tunnel";

export interface VirtualPhoneOptions {
  readonly phone: PhoneDescription;
  /** 0: chosen by the operating system. */
  readonly port?: number;
  /** Holds the phone's files and stays afterwards; without it, a temporary folder that goes with the phone. */
  readonly folder?: string;
  /** Without it, the ABI whose programs this computer runs by itself. */
  readonly abi?: Abi;
  /** Size of /data. Without it, as in the description, as far as this computer's disk goes. */
  readonly diskBytes?: number;
  readonly faults?: FaultOptions;
  /** Environment variables by which its programs find a GPU and an NPU; without it they find none. */
  readonly drivers?: Readonly<Record<string, string>>;
}

/**
 * A device that a real adb server connects to over TCP on the loopback interface. It has the files and the answers of a
 * phone, and runs what is pushed to it on this computer, as the user who started it.
 */
export class VirtualPhone implements ConnectionHost {
  readonly banner: string;
  private readonly connections = new Map<Connection, ReverseForwards>();

  private constructor(
    readonly description: PhoneDescription,
    readonly abi: Abi,
    /** The folder that stands for the phone's root. */
    readonly root: string,
    readonly faults: Faults,
    private readonly temporary: boolean,
    private readonly disk: Disk,
    private readonly processes: Processes,
    private readonly server: net.Server,
  ) {
    const { product, device, properties } = description;
    const model = properties["ro.product.model"] ?? description.name;
    this.banner = `ro.product.name=${product};ro.product.model=${model};ro.product.device=${device}`;
    server.on("connection", (socket) => this.serve(socket));
    process.once("exit", this.atExit);
  }

  static async start(options: VirtualPhoneOptions): Promise<Result<VirtualPhone>> {
    const abi = options.abi ?? nativeAbi(process.arch);
    if (abi === undefined) {
      return failure(
        "unsupported",
        `A virtual phone cannot run on this computer: no Android ABI is like ${process.arch}.`,
      );
    }
    const temporary = options.folder === undefined;
    const asked = options.folder ?? (await mkdtemp(path.join(os.tmpdir(), "tandem-phone-")));
    await mkdir(asked, { recursive: true });
    const root = await realpath(asked);
    if (!isSafeFolder(root)) {
      return failure(
        "bad-folder",
        `The folder ${root} has characters that shells treat specially; choose another for the virtual phone.`,
      );
    }
    await writeSystemFiles(root, options.phone, abi);
    const disk = await Disk.open(path.join(root, "data"), options.phone.storage, options.diskBytes);
    await mkdir(path.join(root, "data/local/tmp"), { recursive: true });
    await mkdir(path.join(root, "sdcard"), { recursive: true });
    const emulated = abi !== nativeAbi(process.arch);
    const context = { root, ...(emulated ? { emulator: emulators[abi] } : {}) };
    const processes = new Processes(context, disk, emulated ? {} : options.drivers);
    const server = net.createServer();
    const phone = new VirtualPhone(
      options.phone,
      abi,
      root,
      new Faults(options.faults),
      temporary,
      disk,
      processes,
      server,
    );
    const problem = await new Promise<Error | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen(options.port ?? 0, "127.0.0.1", () => resolve(undefined));
    });
    if (problem !== undefined) {
      await phone.dispose();
      return failure(
        "port-taken",
        `The virtual phone cannot listen on port ${options.port ?? 0}; choose another port.`,
        {
          reason: problem.message,
        },
      );
    }
    return success(phone);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** As `adb devices` shows it. */
  get serial(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How the size of /data is enforced. */
  get diskKind(): Disk["kind"] {
    return this.disk.kind;
  }

  /** Where a path of the phone lies on this computer. */
  hostPath(phonePath: string): string {
    return path.join(this.root, path.posix.normalize(`/${phonePath}`));
  }

  open(stream: AdbStream, service: string, connection: Connection): StreamService | undefined {
    if (service === "sync:") return openSync(stream, this.root, this.disk);
    if (service.startsWith("reverse:")) {
      void this.connections.get(connection)?.handle(stream, service.slice("reverse:".length));
      return { receive: () => undefined, closed: () => undefined };
    }
    return openShell(stream, service, this.processes) ?? openTunnel(stream, service);
  }

  /** Breaks every connection now, as pulling the cable does. The next `adb connect` works again. */
  unplug(): void {
    for (const connection of [...this.connections.keys()]) connection.drop();
  }

  /** Ends running agents at once, as Android does when memory runs out. */
  killAgents(): Promise<number> {
    return this.processes.killAgents();
  }

  /** Leaves this much room in /data. What is there stays. */
  setDiskBytes(bytes: number): Promise<void> {
    return this.disk.setLimit(bytes);
  }

  /** Ends the phone with everything that runs on it; resolves when all is gone. */
  async dispose(): Promise<void> {
    process.off("exit", this.atExit);
    this.server.close();
    this.unplug();
    await this.processes.dispose();
    await this.disk.dispose();
    if (this.temporary) await rm(this.root, { recursive: true, force: true });
  }

  /** For a process that ends without disposing of its phone, such as an editor window that is closed. */
  private readonly atExit = (): void => {
    this.processes.killAll();
    if (!this.temporary || this.disk.kind === "memory") return;
    rmSync(this.root, { recursive: true, force: true });
  };

  private serve(socket: net.Socket): void {
    const connection = new Connection(socket, this);
    const reverse = new ReverseForwards((service) => connection.openToHost(service));
    this.connections.set(connection, reverse);
    void connection.run().finally(() => {
      reverse.dispose();
      this.connections.delete(connection);
    });
  }
}

/** User-mode emulators, for an agent of another architecture. */
const emulators: Readonly<Record<Abi, string>> = {
  "arm64-v8a": "qemu-aarch64-static -cpu max",
  x86_64: "qemu-x86_64-static",
};
