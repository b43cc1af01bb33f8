import { orCancelled } from "../base/cancel";
import { failure, type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import { ByteQueue } from "./byteQueue";
import { shellIds, takeShellPacket } from "./shellProtocol";
import { sentence } from "./text";

export interface ShellOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the phone's shell and waits for it. A command that fails is a success here, with its exit code. */
export async function runShell(
  adb: Adb,
  target: AdbTarget,
  command: string,
  signal: AbortSignal,
): Promise<Result<ShellOutcome>> {
  const opened = await adb.open(target, `shell,v2,raw:${command}`, signal);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const queue = new ByteQueue();
  socket.on("data", (chunk: Buffer) => queue.push(chunk));
  socket.on("end", () => queue.end());
  socket.on("close", () => queue.end());
  const outcome = await orCancelled(collect(queue, target), signal);
  socket.destroy();
  return outcome;
}

async function collect(queue: ByteQueue, target: AdbTarget): Promise<Result<ShellOutcome>> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  for (;;) {
    const packet = await takeShellPacket(queue);
    if (packet === undefined) return failure("connection-lost", sentence.unplugged(target.name));
    if (packet.id === shellIds.stdout) stdout.push(packet.data);
    else if (packet.id === shellIds.stderr) stderr.push(packet.data);
    else if (packet.id === shellIds.exit) {
      const text = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString("utf8");
      return success({ code: packet.data[0] ?? 0, stdout: text(stdout), stderr: text(stderr) });
    }
  }
}

/** A word that the shell takes as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
