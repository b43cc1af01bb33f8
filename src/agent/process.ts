import type { Readable, Writable } from "node:stream";

/** How an agent process ended. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "connection-lost" };

/** What a session needs of a running agent; every `AgentProcess` of a device is one. */
export interface ProcessStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly exited: Promise<ProcessEnd>;
  kill(): void;
}

/** For example "exited with code 3". */
export function describeEnd(end: ProcessEnd): string {
  switch (end.kind) {
    case "exited":
      return `exited with code ${end.code}`;
    case "signalled":
      return `was ended by signal ${end.signal}`;
    case "connection-lost":
      return "lost its connection";
  }
}
