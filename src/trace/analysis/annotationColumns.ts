import { PbfReader } from "pbf";
import { epochAt, locateEvent } from "../annotations";
import { Tag } from "../proto";
import type { Epoch } from "../sequence";
import type { Row, Trace } from "../trace";

/** Named annotations of some rows as columns; entry `slice - base` belongs to a slice. */
export interface AnnotationColumns<N extends string, T extends string> {
  readonly base: number;
  /** NaN where a slice does not say. */
  readonly numbers: Readonly<Record<N, Float64Array>>;
  /** Index into `strings`; 0, the empty text, where a slice does not say. */
  readonly texts: Readonly<Record<T, Uint32Array>>;
  readonly strings: readonly string[];
}

/** Reads annotations from the packets of all slices of `rows`: one pass, about 0.2 µs a slice. */
export function readColumns<N extends string, T extends string>(
  trace: Trace,
  rows: readonly Row[],
  numbers: readonly N[],
  texts: readonly T[],
): AnnotationColumns<N, T> {
  const base = rows.reduce((least, row) => Math.min(least, row.first), trace.slices.count);
  const size = Math.max(0, rows.reduce((most, row) => Math.max(most, row.end), 0) - base);
  const columns = [
    ...numbers.map((name) => ({ name: name, number: new Float64Array(size).fill(NaN), text: undefined })),
    ...texts.map((name) => ({ name: name, number: undefined, text: new Uint32Array(size) })),
  ];
  const reader = new ColumnReader(trace, columns);
  for (const row of rows) for (let slice = row.first; slice < row.end; slice++) reader.read(slice, slice - base);
  return {
    base,
    numbers: pick(numbers, (name) => columns.find((column) => column.name === name)?.number ?? new Float64Array()),
    texts: pick(texts, (name) => columns.find((column) => column.name === name)?.text ?? new Uint32Array()),
    strings: reader.strings,
  };
}

function pick<K extends string, V>(names: readonly K[], of: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, V>;
}

interface Column {
  readonly name: string;
  readonly number: Float64Array | undefined;
  readonly text: Uint32Array | undefined;
}

/** Of one epoch: the column by annotation id, and our number of each interned text. */
interface Table {
  readonly columns: Map<number, Column>;
  readonly texts: Map<number, number>;
}

class ColumnReader {
  readonly strings: string[] = [""];
  private readonly numbers = new Map<string, number>([["", 0]]);
  private readonly reader: PbfReader;
  private readonly tables = new Map<Epoch, Table>();

  constructor(
    private readonly trace: Trace,
    private readonly columns: readonly Column[],
  ) {
    this.reader = new PbfReader(trace.bytes);
  }

  /** Reads one slice into entry `at`; a packet that cannot be read says nothing. */
  read(slice: number, at: number): void {
    const offset = this.trace.slices.packet[slice] as number;
    try {
      const place = locateEvent(this.reader, offset);
      const epoch = epochAt(this.trace.epochs.get(place.sequence), offset);
      const table = epoch === undefined ? undefined : this.tableOf(epoch);
      this.reader.pos = place.eventStart;
      while (this.reader.pos < place.eventEnd) {
        const tag = this.reader.readVarint();
        if (tag === Tag.eventAnnotation) this.readAnnotation(table, at);
        else this.reader.skip(tag);
      }
    } catch {
      return;
    }
  }

  private readAnnotation(table: Table | undefined, at: number): void {
    const { reader } = this;
    const end = reader.readVarint() + reader.pos;
    let column: Column | undefined;
    let number = NaN;
    let text = 0;
    while (reader.pos < end) {
      const tag = reader.readVarint();
      switch (tag) {
        case Tag.annotationNameId:
          column = table?.columns.get(reader.readVarint());
          if (column === undefined) reader.pos = end;
          break;
        case Tag.annotationName: {
          const name = reader.readString();
          column = this.columns.find((known) => known.name === name);
          if (column === undefined) reader.pos = end;
          break;
        }
        case Tag.annotationUint:
          number = reader.readVarint();
          break;
        case Tag.annotationInt:
          number = reader.readVarint(true);
          break;
        case Tag.annotationDouble:
          number = reader.readDouble();
          break;
        case Tag.annotationStringId:
          text = table?.texts.get(reader.readVarint()) ?? 0;
          break;
        case Tag.annotationString:
          text = this.numberOf(reader.readString());
          break;
        default:
          reader.skip(tag);
      }
    }
    if (column?.number !== undefined) column.number[at] = number;
    if (column?.text !== undefined) column.text[at] = text;
  }

  private tableOf(epoch: Epoch): Table {
    let table = this.tables.get(epoch);
    if (table === undefined) {
      const columns = new Map<number, Column>();
      for (const [id, name] of epoch.annotationNames) {
        const column = this.columns.find((known) => known.name === name);
        if (column !== undefined) columns.set(id, column);
      }
      table = { columns, texts: new Map([...epoch.strings].map(([id, text]) => [id, this.numberOf(text)])) };
      this.tables.set(epoch, table);
    }
    return table;
  }

  private numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) this.numbers.set(text, (number = this.strings.push(text) - 1));
    return number;
  }
}
