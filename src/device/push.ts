import { stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import type { Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cancelled, orCancelled } from "../base/cancel";
import type { ProgressListener } from "../base/progress";
import { failure, type Result, success } from "../base/result";
import type { Adb, AdbTarget } from "./adb";
import { quoted, runShell } from "./adbShell";
import { blockBytes, type BlockHashes, createBlockHasher, hexOf, pieceBytes } from "./blockHashes";
import type { ByteQueue } from "./byteQueue";
import { phoneFolder } from "./deploy";
import type { PushReport } from "./device";
import { Rate } from "./rate";
import { parseReceiveEvent, parseReceiveState, type ReceiveState } from "./receiveProtocol";
import { inputOf, writeAll } from "./socketIo";
import { partOf, sentence } from "./text";

/** Longest line that the agent may print, in bytes: the hashes of all blocks of a model of 4 TB fit. */
const longestLine = 8 << 20;
const alivePatienceMs = 5000;
const busyPatienceMs = 5000;

/**
 * Streams a model to `tandem-agent receive` on the phone: nothing is sent that is there already, every block is verified
 * on the phone, and a broken push goes on where it broke. Fails with `disk-full`, `connection-lost`, `agent-ended`,
 * `agent-garbled`, `model-changed`, `cancelled`, or the agent's own code.
 */
export async function pushModel(
  adb: Adb,
  target: AdbTarget,
  file: string,
  hashes: BlockHashes,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<PushReport>> {
  const startedMs = performance.now();
  const found = await stat(file).catch((error: unknown) => String(error));
  if (typeof found === "string" || !found.isFile()) {
    return failure("model-missing", sentence.modelUnreadable(file), typeof found === "string" ? { reason: found } : {});
  }
  const { size } = found;
  const name = path.basename(file);
  const phonePath = `models/${name}`;
  const command = `cd ${phoneFolder} 2>/dev/null && exec 2>receive.log && exec ./tandem-agent receive ${quoted(phonePath)}`;
  for (;;) {
    const opened = await adb.open(target, `exec:${command}`, signal);
    if (!opened.ok) return opened;
    const session = new PushSession(adb, target, opened.value, { file, name, size }, hashes, progress, signal);
    const outcome = await session.run();
    opened.value.destroy();
    const elapsedMs = performance.now() - startedMs;
    if (outcome.ok) {
      return success({ path: phonePath, bytes: size, reusedBytes: outcome.value, seconds: elapsedMs / 1000 });
    }
    // The agent of a push that was broken off just now may not have noticed yet.
    if (outcome.failure.code !== "busy" || elapsedMs > busyPatienceMs) return outcome;
    await sleep(200);
  }
}

interface Model {
  readonly file: string;
  readonly name: string;
  readonly size: number;
}

class PushSession {
  private readonly input: ByteQueue;
  private readonly rate = new Rate();
  /** Bytes that the phone has verified. */
  private verified = 0;
  /** Set when something came that is no text. */
  private garbage: Buffer | undefined;

  constructor(
    private readonly adb: Adb,
    private readonly target: AdbTarget,
    private readonly socket: Socket,
    private readonly model: Model,
    private readonly hashes: BlockHashes,
    private readonly progress: ProgressListener,
    private readonly signal: AbortSignal,
  ) {
    this.input = inputOf(socket);
    socket.on("data", (chunk: Buffer) => {
      if (!isText(chunk)) this.endAt(chunk);
    });
  }

  /** Gives the bytes that were there already. */
  async run(): Promise<Result<number>> {
    const { size, name, file } = this.model;
    if (!(await this.line({ size, blockBytes }))) return this.ended();
    const greeting = await this.answer();
    if (greeting === undefined) return this.ended();
    const state = parseReceiveState(greeting);
    if (state === undefined) return this.unexpected(greeting);

    const from = await this.reusable(state);
    if (!from.ok) return from;
    this.verified = from.value;
    const missing = size - from.value;
    if (missing > state.freeBytes) {
      return failure("disk-full", sentence.diskFull(name, this.target.name, missing, state.freeBytes));
    }
    if (!(await this.line({ from: from.value }))) return this.ended();
    this.report(from.value);
    const receiving = this.receive();
    const sent = await this.send(from.value, receiving);
    if (!sent.ok) return sent;
    const received = await orCancelled(receiving, this.signal);
    if (!received.ok) return received.failure.code === "cancelled" ? this.stopped() : received;
    const after = await stat(file).catch(() => undefined);
    if (after?.size !== size) return failure("model-changed", sentence.modelChanged(file));
    return success(from.value);
  }

  /** How much of what the phone has is the beginning of this model, in bytes. */
  private async reusable(state: ReceiveState): Promise<Result<number>> {
    const { file, size } = this.model;
    if (state.blocks.length === 0) return success(0);
    const total = Math.ceil(size / blockBytes);
    const count = Math.min(state.blocks.length, total);
    try {
      const own = await this.hashes.first(file, count, this.signal);
      const differing = own.findIndex((hash, index) => hash !== state.blocks[index]);
      const equal = differing < 0 ? own.length : differing;
      // A finished file is the model or it is not: only a partial one can be gone on with.
      if (state.state === "complete" && (equal < total || state.blocks.length > total)) return success(0);
      return success(Math.min(size, equal * blockBytes));
    } catch (error) {
      if (this.signal.aborted) return cancelled();
      return failure("model-missing", sentence.modelUnreadable(file), { reason: String(error) });
    }
  }

  /** Reads ahead, hashes and sends in small pieces, so that the three overlap. Ends early when the phone has answered. */
  private async send(from: number, receiving: Promise<Result<void>>): Promise<Result<void>> {
    const { file, size } = this.model;
    let answered = false;
    void receiving.then(() => (answered = true));
    const isAnswered = (): boolean => answered;
    const create = await createBlockHasher();
    const digests: string[] = [];
    let hasher = create();
    let sent = from;
    try {
      digests.push(...(await this.hashes.first(file, Math.floor(from / blockBytes), this.signal)));
      for await (const chunk of readFrom(file, from, size)) {
        const piece = chunk as Buffer;
        hasher.update(piece);
        if (this.signal.aborted) break;
        if (isAnswered() || !(await this.write(piece))) return success();
        sent += piece.length;
        if (sent % blockBytes === 0 || sent === size) {
          const digest = hasher.digest();
          digests.push(hexOf(digest));
          hasher = create();
          if (!(await this.write(littleEndian(digest)))) return success();
        }
        this.report(sent);
      }
    } catch (error) {
      if (!this.signal.aborted)
        return failure("model-missing", sentence.modelUnreadable(file), { reason: String(error) });
    } finally {
      await this.hashes.remember(file, digests).catch(() => undefined);
    }
    if (this.signal.aborted) return this.stopped();
    return sent === size ? success() : failure("model-changed", sentence.modelChanged(file));
  }

  /** Follows the phone's answers until the model is there or something went wrong. */
  private async receive(): Promise<Result<void>> {
    for (;;) {
      const line = await this.answer();
      if (line === undefined) return this.ended();
      const event = parseReceiveEvent(line);
      if (event?.kind === "received") this.verified = event.bytes;
      else if (event?.kind === "done" && event.bytes === this.model.size) return success();
      else return this.unexpected(line);
    }
  }

  /** Nothing that comes after garbage is of use. */
  private endAt(garbage: Buffer): void {
    this.garbage ??= garbage;
    this.input.end();
    this.socket.destroy();
  }

  private report(done: number): void {
    const { size, name } = this.model;
    const rate = this.rate.add(done, performance.now());
    const stage = `Pushing ${name} to ${this.target.name}`;
    const left = rate === undefined || rate <= 0 ? {} : { rate, secondsLeft: (size - done) / rate };
    this.progress({ stage, done, total: size, unit: "bytes", ...left });
  }

  private line(value: object): Promise<boolean> {
    return this.write(Buffer.from(`${JSON.stringify(value)}\n`));
  }

  private async write(data: Buffer): Promise<boolean> {
    const written = await orCancelled(writeAll(this.socket, data).then(success<boolean>), this.signal);
    return written.ok && written.value;
  }

  private async answer(): Promise<string | undefined> {
    const line = this.input.takeLine(longestLine).then((text) => success(text));
    const answer = await orCancelled(line, this.signal);
    return answer.ok ? answer.value : undefined;
  }

  private stopped(): Result<never> {
    return cancelled(sentence.pushCancelled(this.target.name, this.verified, this.model.size));
  }

  /** The stream ended too early: the phone went away, or only the agent on it. */
  private async ended(): Promise<Result<never>> {
    if (this.signal.aborted) return this.stopped();
    const { name } = this.target;
    const { size } = this.model;
    const left = this.garbage ?? (await this.input.takeSome());
    // The beginning of a line is what a broken connection leaves; anything else is not the agent's.
    if (left !== undefined && (this.garbage !== undefined || left[0] !== 0x7b)) {
      return failure("agent-garbled", sentence.pushGarbled(name), { said: excerpt(left) });
    }
    const patience = AbortSignal.any([this.signal, AbortSignal.timeout(alivePatienceMs)]);
    const present = await runShell(this.adb, this.target, `[ -x ${phoneFolder}/tandem-agent ]`, patience);
    const arrived = { arrived: partOf(this.verified, size) };
    if (!present.ok) return failure("connection-lost", sentence.pushUnplugged(name, this.verified, size), arrived);
    if (present.value.code !== 0) return failure("agent-missing", sentence.agentMissing(name));
    return failure("agent-ended", sentence.pushAgentEnded(name, this.verified, size), arrived);
  }

  /** A line that is not the one that the protocol has here: the agent's own error, or nothing of the agent's. */
  private unexpected(line: string): Result<never> {
    const { name } = this.target;
    const event = parseReceiveEvent(line);
    if (event?.kind !== "error") {
      return failure("agent-garbled", sentence.pushGarbled(name), { said: excerpt(Buffer.from(line)) });
    }
    const context = { ...event.context, agent: event.message };
    if (event.code === "disk-full") {
      const free = Number(event.context["freeBytes"] ?? 0);
      const missing = this.model.size - this.verified;
      return failure("disk-full", sentence.diskFull(this.model.name, name, missing, free), context);
    }
    return failure(event.code, sentence.pushRefused(name, event.message), context);
  }
}

/** The bytes of a file from an offset to its size as it was found; a file that has grown is cut there. */
function readFrom(file: string, from: number, size: number): AsyncIterable<unknown> | readonly unknown[] {
  if (from >= size) return [];
  return createReadStream(file, { start: from, end: size - 1, highWaterMark: pieceBytes });
}

function littleEndian(hash: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(hash);
  return bytes;
}

/** The agent's lines have no control characters but the line feed. */
function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x0a);
}

/** Printable beginning of bytes that nobody understands. */
function excerpt(bytes: Buffer): string {
  return bytes.toString("latin1", 0, 200).replace(/[^\x20-\x7e]/g, ".");
}
