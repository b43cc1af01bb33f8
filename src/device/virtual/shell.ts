import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { ByteQueue } from "../byteQueue";
import { encodeShellPacket, shellIds, takeShellPacket } from "../shellProtocol";
import type { Processes } from "./processes";
import type { AdbStream, StreamService } from "./stream";

/** Bytes that may wait for a program to read them before the host has to wait too. */
const stdinLimit = 4 << 20;

/**
 * `shell:COMMAND`, `shell,v2,...:COMMAND` and `exec:COMMAND`. The first and the last carry bare bytes; v2 carries
 * packets that tell stdout, stderr and the exit code apart.
 */
export function openShell(stream: AdbStream, service: string, processes: Processes): StreamService | undefined {
  const match = /^(shell|exec)([^:]*):([\s\S]*)$/.exec(service);
  if (match === null) return undefined;
  const [, kind, flags = "", command = ""] = match;
  const v2 = flags.split(",").includes("v2");
  const started = processes.start({ command, joined: !v2, terminal: kind === "shell" && !flags.includes("raw") });
  void started.then((child) => {
    if (child === undefined) void stream.end();
    else if (v2) void sendPackets(stream, child);
    else void sendBytes(stream, child);
  });
  return v2 ? packetService(started) : byteService(started);
}

type Started = Promise<ChildProcessWithoutNullStreams | undefined>;

function byteService(started: Started): StreamService {
  return {
    async receive(payload) {
      await feed(await started, payload);
    },
    closed() {
      // As adbd does: the program sees the end of its input and a broken output, nothing more.
      void started.then((child) => {
        child?.stdin.end();
        child?.stdout.destroy();
      });
    },
  };
}

function packetService(started: Started): StreamService {
  const queue = new ByteQueue();
  void (async () => {
    for (;;) {
      const packet = await takeShellPacket(queue);
      if (packet === undefined) return;
      if (packet.id === shellIds.stdin) await feed(await started, packet.data);
      else if (packet.id === shellIds.closeStdin) (await started)?.stdin.end();
    }
  })();
  return {
    async receive(payload) {
      const child = await started;
      queue.push(payload);
      if (child !== undefined && child.stdin.writableLength > stdinLimit) await drained(child);
    },
    closed() {
      queue.end();
      void started.then((child) => {
        child?.stdin.end();
        child?.stdout.destroy();
        child?.stderr.destroy();
        child?.kill("SIGHUP");
      });
    },
  };
}

async function feed(child: ChildProcessWithoutNullStreams | undefined, data: Buffer): Promise<void> {
  if (child === undefined || child.stdin.destroyed) return;
  if (!child.stdin.write(data) && child.stdin.writableLength > stdinLimit) await drained(child);
}

async function drained(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.stdin.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      child.stdin.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    child.stdin.on("drain", done).on("close", done).on("error", done);
  });
}

async function sendBytes(stream: AdbStream, child: ChildProcessWithoutNullStreams): Promise<void> {
  await pump(child.stdout, (data) => stream.write(data));
  await stream.end();
}

async function sendPackets(stream: AdbStream, child: ChildProcessWithoutNullStreams): Promise<void> {
  const exited = new Promise<number>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  await Promise.all([
    pump(child.stdout, (data) => stream.write(encodeShellPacket(shellIds.stdout, data))),
    pump(child.stderr, (data) => stream.write(encodeShellPacket(shellIds.stderr, data))),
  ]);
  await stream.write(encodeShellPacket(shellIds.exit, Buffer.from([(await exited) & 0xff])));
  await stream.end();
}

async function pump(source: Readable, write: (data: Buffer) => Promise<boolean>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (!(await write(chunk as Buffer))) return;
    }
  } catch {
    // The stream was closed under us: the host has gone.
  }
}
