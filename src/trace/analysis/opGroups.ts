import type { Trace } from "../trace";
import { type ProcessorKind, processorKinds } from "../tracks";
import { PassCursor, type PassName, passes } from "./bandCursor";
import { type ProcessorLane, opMarks, processorLanes } from "./lanes";

/** Slices that belong together in a table: the same op on the same processor in the same pass. */
export interface OpGroup {
  readonly op: string;
  readonly processor: ProcessorKind;
  readonly pass: PassName;
}

/** Numbers the groups of a trace, so that sums are typed arrays of `size` entries. */
export class OpGroups {
  readonly size: number;
  private readonly ops: string[] = [];
  private readonly opOfName: Uint32Array;
  private readonly isOp: Uint8Array;
  private readonly lanes: readonly ProcessorLane[];

  constructor(private readonly trace: Trace) {
    const numbers = new Map<string, number>();
    this.isOp = opMarks(trace);
    this.lanes = processorLanes(trace);
    this.opOfName = Uint32Array.from(trace.names, ({ op }) => {
      const number = numbers.get(op) ?? this.ops.push(op) - 1;
      numbers.set(op, number);
      return number;
    });
    this.size = this.ops.length * processorKinds.length * passes.length;
  }

  /** Calls back for every op slice that begins between two times, processor by processor. */
  each(from: number, to: number, visit: (slice: number, group: number) => void): void {
    const { start, name } = this.trace.slices;
    for (const { row, kind } of this.lanes) {
      const pass = new PassCursor(this.trace);
      const processor = processorKinds.indexOf(kind);
      for (let slice = row.first; slice < row.end; slice++) {
        const begin = start[slice] as number;
        if (begin < from || begin >= to || this.isOp[name[slice] as number] === 0) continue;
        const op = this.opOfName[name[slice] as number] as number;
        visit(slice, (op * processorKinds.length + processor) * passes.length + pass.at(begin));
      }
    }
  }

  describe(group: number): OpGroup {
    const pass = passes[group % passes.length] ?? "other";
    const rest = Math.floor(group / passes.length);
    return {
      op: this.ops[Math.floor(rest / processorKinds.length)] ?? "",
      processor: processorKinds[rest % processorKinds.length] ?? "cpu",
      pass,
    };
  }
}
