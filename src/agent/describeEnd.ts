import type { ExitReason } from "../device/device";

/** For example "exited with code 3". */
export function describeEnd(end: ExitReason): string {
  switch (end.kind) {
    case "exited":
      return `exited with code ${end.code}`;
    case "signalled":
      return `was ended by signal ${end.signal}`;
    case "connection-lost":
      return "lost its connection";
  }
}
