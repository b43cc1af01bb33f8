import { type FileHandle, open } from "node:fs/promises";
import type { Socket } from "node:net";
import { cancelled, orCancelled } from "../base/cancel";
import { failure, type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import type { ByteQueue } from "./byteQueue";
import { inputOf, writeAll } from "./socketIo";
import { encodeRequest, longestData, words } from "./syncProtocol";
import { sentence } from "./text";

/** Room in front of each piece for its DATA header. */
const headBytes = 8;

/**
 * Sends a file through the phone's `sync:` service, as `adb push` does. Fails with `disk-full`, `push-refused` (with the
 * phone's words in the context), `connection-lost` or `cancelled`.
 */
export async function syncPush(
  adb: Adb,
  target: AdbTarget,
  file: string,
  phonePath: string,
  mode: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Result<void>> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    return failure("agent-missing", sentence.agentUnreadable(file), { reason: String(error) });
  }
  try {
    const opened = await adb.open(target, "sync:", signal);
    if (!opened.ok) return opened;
    const socket = opened.value;
    const input = inputOf(socket);
    // The phone speaks only when it is done or has failed, and it may fail in the middle.
    const answer = answerOf(input, target);
    const sending = sendFile(socket, handle, `${phonePath},${0o100000 | mode}`, onSent, signal);
    const result = await orCancelled(
      sending.then(() => answer),
      signal,
      () => socket.destroy(),
    );
    await sending;
    socket.destroy();
    return signal.aborted ? cancelled() : result;
  } finally {
    await handle.close();
  }
}

async function sendFile(
  socket: Socket,
  handle: FileHandle,
  nameAndMode: string,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!(await writeAll(socket, encodeRequest("SEND", Buffer.from(nameAndMode))))) return;
  for (let sent = 0; !signal.aborted;) {
    const piece = Buffer.allocUnsafe(headBytes + longestData);
    const { bytesRead } = await handle.read(piece, headBytes, longestData, sent);
    if (bytesRead === 0) break;
    piece.write("DATA", 0);
    piece.writeUInt32LE(bytesRead, 4);
    if (!(await writeAll(socket, piece.subarray(0, headBytes + bytesRead)))) return;
    sent += bytesRead;
    onSent(sent);
  }
  const modified = Math.floor((await handle.stat()).mtimeMs / 1000);
  await writeAll(socket, Buffer.concat([Buffer.from("DONE"), words(modified)]));
}

async function answerOf(input: ByteQueue, target: AdbTarget): Promise<Result<void>> {
  const head = await input.take(headBytes);
  const id = head?.toString("latin1", 0, 4);
  if (id === "OKAY") return success();
  if (head === undefined || id !== "FAIL") return failure("connection-lost", sentence.unplugged(target.name));
  const length = Math.min(head.readUInt32LE(4), 1024);
  const said = (await input.take(length))?.toString("utf8") ?? "";
  const code = /no space/i.test(said) ? "disk-full" : "push-refused";
  return failure(code, sentence.deployFailed(target.name), { adb: said });
}
