import { PbfReader } from "pbf";
import { epochAt, locateEvent } from "./annotations";
import { Tag } from "./proto";
import type { Epoch } from "./sequence";
import type { Trace } from "./trace";
import { isProcessor } from "./tracks";

/** What the slices of processors and joins carry, as columns: one pass over the file, for sums and colours. */
export interface Work {
  /** Bytes read and written, floating-point operations; 0 where the slice does not say. */
  readonly bytes: Float64Array;
  readonly flops: Float64Array;
  /** ns; 0 where nothing was predicted. */
  readonly predicted: Float64Array;
  /** Index into `strategies`; 0 where the slice does not say. */
  readonly strategy: Uint8Array;
}

export const strategies = ["", "cpu", "gpu", "npu", "pad", "weight", "activation", "hybrid"] as const;

type Field = "bytes" | "flops" | "predicted" | "strategy";
const fieldNames: Readonly<Record<string, Field>> = {
  bytes: "bytes",
  flops: "flops",
  predicted_ns: "predicted",
  strategy: "strategy",
};

/** Reads every processor slice's packet: about 0.15 µs each. */
export function readWork(trace: Trace): Work {
  const steps = readWorkInSteps(trace);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same a few thousand slices at a time, so that a page can draw in between. */
export function* readWorkInSteps(trace: Trace): Generator<void, Work, void> {
  const { count } = trace.slices;
  const work: Work = {
    bytes: new Float64Array(count),
    flops: new Float64Array(count),
    predicted: new Float64Array(count),
    strategy: new Uint8Array(count),
  };
  const reader = new PbfReader(trace.bytes);
  const tables = new Map<Epoch, Table>();
  for (const row of trace.rows) {
    const kind = trace.tracks[row.track]?.kind ?? "none";
    if (!isProcessor(kind) && kind !== "joins") continue;
    for (let from = row.first; from < row.end; from += slicesPerStep) {
      readSlices(trace, reader, tables, work, from, Math.min(row.end, from + slicesPerStep));
      yield;
    }
  }
  return work;
}

const slicesPerStep = 8192;

function readSlices(
  trace: Trace,
  reader: PbfReader,
  tables: Map<Epoch, Table>,
  work: Work,
  from: number,
  to: number,
): void {
  for (let slice = from; slice < to; slice++) {
    const offset = trace.slices.packet[slice] as number;
    try {
      const place = locateEvent(reader, offset);
      const epoch = epochAt(trace.epochs.get(place.sequence), offset);
      if (epoch === undefined) continue;
      let table = tables.get(epoch);
      if (table === undefined) tables.set(epoch, (table = tableOf(epoch)));
      readEvent(reader, place.eventStart, place.eventEnd, table, work, slice);
    } catch {
      continue; // A packet that cannot be read adds nothing to the sums.
    }
  }
}

/** The columns by annotation id, and strategies by string id, of one epoch. */
interface Table {
  readonly fields: (Field | undefined)[];
  readonly strategyOf: Map<number, number>;
}

function tableOf(epoch: Epoch): Table {
  const fields: (Field | undefined)[] = [];
  for (const [id, name] of epoch.annotationNames) if (id < 4096) fields[id] = fieldNames[name];
  const strategyOf = new Map<number, number>();
  for (const [id, text] of epoch.strings) {
    const index = strategies.findIndex((strategy) => strategy === text);
    if (index > 0) strategyOf.set(id, index);
  }
  return { fields, strategyOf };
}

function readEvent(reader: PbfReader, start: number, end: number, table: Table, work: Work, slice: number): void {
  reader.pos = start;
  while (reader.pos < end) {
    const tag = reader.readVarint();
    if (tag !== Tag.eventAnnotation) {
      reader.skip(tag);
      continue;
    }
    const annotationEnd = reader.readVarint() + reader.pos;
    let field: Field | undefined;
    let value = 0;
    let text = 0;
    while (reader.pos < annotationEnd) {
      const part = reader.readVarint();
      switch (part) {
        case Tag.annotationNameId:
          field = table.fields[reader.readVarint()];
          if (field === undefined) reader.pos = annotationEnd;
          break;
        case Tag.annotationName:
          field = fieldNames[reader.readString()];
          break;
        case Tag.annotationUint:
        case Tag.annotationInt:
          value = reader.readVarint();
          break;
        case Tag.annotationDouble:
          value = reader.readDouble();
          break;
        case Tag.annotationStringId:
          text = table.strategyOf.get(reader.readVarint()) ?? 0;
          break;
        case Tag.annotationString: {
          const strategy = reader.readString();
          text = Math.max(
            0,
            strategies.findIndex((known) => known === strategy),
          );
          break;
        }
        default:
          reader.skip(part);
      }
    }
    if (field === "strategy") work.strategy[slice] = text;
    else if (field !== undefined) work[field][slice] = value;
  }
}
