import { PassThrough, type Readable } from "node:stream";
import { StreamMessageReader } from "vscode-jsonrpc/node";
import type { ProcessStreams } from "../../../src/agent/process";
import { type Frame, FrameValidator } from "./schema";

export interface Tapped {
  readonly streams: ProcessStreams;
  readonly validator: FrameValidator;
  readonly fromAgent: Frame[];
}

/** Listens on both streams of a process without changing a byte, and validates what passes. */
export function tap(process: ProcessStreams): Tapped {
  const validator = new FrameValidator();
  const fromAgent: Frame[] = [];
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  listen(stdin, (frame) => validator.fromClient(frame));
  listen(process.stdout, (frame) => {
    fromAgent.push(frame);
    validator.fromAgent(frame);
  });
  stdin.pipe(process.stdin);
  process.stdin.on("error", (error) => stdin.destroy(error));
  process.stdout.pipe(stdout);
  return { streams: { stdin, stdout, exited: process.exited, kill: () => process.kill() }, validator, fromAgent };
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
