import { PassThrough, type Readable } from "node:stream";
import { StreamMessageReader } from "vscode-jsonrpc/node";
import type { AgentProcess } from "../../../src/device/device";
import { type Frame, FrameValidator } from "./schema";

export interface Tapped {
  readonly streams: AgentProcess;
  readonly validator: FrameValidator;
  /** The first frame of the agent, seen or to come, that fits. */
  next(fits: (frame: Frame) => boolean): Promise<Frame>;
}

/** Listens on both streams of a process without changing a byte, and validates what passes. */
export function tap(process: AgentProcess): Tapped {
  const validator = new FrameValidator();
  const seen: Frame[] = [];
  let waiting: (() => void)[] = [];
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  listen(stdin, (frame) => validator.fromClient(frame));
  listen(process.stdout, (frame) => {
    seen.push(frame);
    validator.fromAgent(frame);
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  stdin.pipe(process.stdin);
  process.stdin.on("error", (error) => stdin.destroy(error));
  process.stdout.pipe(stdout);
  const next = async (fits: (frame: Frame) => boolean): Promise<Frame> => {
    for (;;) {
      const found = seen.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { streams: { stdin, stdout, exited: process.exited, kill: () => process.kill() }, validator, next };
}

function listen(stream: Readable, take: (frame: Frame) => void): void {
  const copy = new PassThrough();
  stream.on("data", (bytes: Uint8Array) => copy.write(bytes));
  stream.on("end", () => copy.end());
  const reader = new StreamMessageReader(copy);
  reader.partialMessageTimeout = 0;
  // Garbage is the session's to report; the tap only must not fall over it.
  reader.onError(() => undefined);
  reader.listen((message) => take(message as Frame));
}
