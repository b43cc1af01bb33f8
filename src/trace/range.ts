import { bandRow } from "./bands";
import { workGroup, workGroups } from "./groups";
import { WallClock, type WallTime } from "./states";
import { type Row, type Trace, endOf, firstEndingAfter, nameOf, startOf } from "./trace";
import { type ProcessorKind, isProcessor, processorKinds } from "./tracks";
import { type Work, strategies } from "./work";

/** What sums can be by. */
export type GroupBy = "token" | "layer" | "op" | "work" | "kind" | "processor" | "strategy";

/** Sums over slices, of each the part that lies in the range. Times in ns. */
export interface RangeRow {
  readonly label: string;
  slices: number;
  /** Time in which at least one of these slices ran; rates are over this. */
  wallNs: number;
  readonly busyNs: Record<ProcessorKind, number>;
  /** Joins before these ops. */
  syncNs: number;
  bytes: number;
  flops: number;
  predictedNs: number;
  /** Measured time of the slices for which something was predicted. */
  measuredNs: number;
}

export interface RangeSum {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly RangeRow[];
  readonly total: RangeRow;
  readonly wall: WallTime;
}

/** What ran between two times, by kind of work, op, layer, token, kind of op, processor or strategy. */
export function sumRange(trace: Trace, work: Work, from: number, to: number, groupBy: GroupBy): RangeSum {
  const processors = trace.rows.filter((row) => isProcessor(trace.tracks[row.track]?.kind ?? "none"));
  const labels = new Labels(trace, work, groupBy);
  const total = newRow("Sum");
  let totalUntil = from;
  // In time order over all processors, so that time in which two halves ran at once counts once.
  eachInOrder(trace, processors, from, to, (slice, kind, start, end, part) => {
    if (labels.isControl(slice)) return;
    const row = labels.rowOf(slice, kind);
    const took = end - start;
    row.wallNs += Math.max(0, end - Math.max(start, row.until));
    row.until = Math.max(row.until, end);
    total.wallNs += Math.max(0, end - Math.max(start, totalUntil));
    totalUntil = Math.max(totalUntil, end);
    row.slices++;
    row.busyNs[kind] += took;
    row.bytes += (work.bytes[slice] as number) * part;
    row.flops += (work.flops[slice] as number) * part;
    const predicted = (work.predicted[slice] as number) * part;
    row.predictedNs += predicted;
    if (predicted > 0) row.measuredNs += took;
  });
  for (const row of trace.rows) {
    if (trace.tracks[row.track]?.kind === "joins") addJoins(trace, row, processors, labels, from, to, total);
  }
  const rows = sortRows(labels.rows, groupBy);
  for (const row of rows) {
    total.slices += row.slices;
    for (const kind of processorKinds) total.busyNs[kind] += row.busyNs[kind];
    total.bytes += row.bytes;
    total.flops += row.flops;
    total.predictedNs += row.predictedNs;
    total.measuredNs += row.measuredNs;
  }
  return { from, to, rows, total, wall: new WallClock(trace).between(from, to) };
}

/** A row while it is summed: `until` is how far its wall time reaches. */
interface OpenRow extends RangeRow {
  until: number;
}

/** The row of each slice; the label of a name is worked out once. */
class Labels {
  readonly rows: OpenRow[] = [];
  private readonly known = new Map<string, OpenRow>();
  private readonly ofName: (OpenRow | undefined)[] = [];
  private readonly control: Uint8Array;
  private readonly tokens: Row | undefined;
  private token = -1;
  private tokenRow: OpenRow | undefined;

  constructor(
    private readonly trace: Trace,
    private readonly work: Work,
    private readonly groupBy: GroupBy,
  ) {
    // Control slices of the CPU, such as submitting, carry no kind: they are no work.
    this.control = Uint8Array.from(trace.names, ({ kind }) => (kind === "" ? 1 : 0));
    this.tokens = bandRow(trace, "Token");
  }

  isControl(slice: number): boolean {
    return this.control[this.trace.slices.name[slice] as number] === 1;
  }

  rowOf(slice: number, processor: ProcessorKind): OpenRow {
    if (this.groupBy === "token") return this.rowOfToken(slice);
    if (this.groupBy === "processor") return this.named(processor);
    if (this.groupBy === "strategy") return this.named(strategies[this.work.strategy[slice] as number] || unstated);
    const name = this.trace.slices.name[slice] as number;
    return (this.ofName[name] ??= this.named(this.labelOf(slice)));
  }

  /** Slices come in time order, so the token of one is mostly that of the one before. */
  private rowOfToken(slice: number): OpenRow {
    const start = startOf(this.trace, slice);
    if (this.tokenRow !== undefined && this.token >= 0) {
      if (startOf(this.trace, this.token) <= start && start < endOf(this.trace, this.token)) return this.tokenRow;
    }
    const { tokens } = this;
    this.token = tokens === undefined ? -1 : firstEndingAfter(this.trace.slices, tokens, start);
    if (tokens !== undefined && this.token >= tokens.end) this.token = -1;
    return (this.tokenRow = this.named(this.token < 0 ? outsideTokens : nameOf(this.trace, this.token).text));
  }

  private named(label: string): OpenRow {
    let row = this.known.get(label);
    if (row === undefined) {
      row = { ...newRow(label), until: -Infinity };
      this.known.set(label, row);
      this.rows.push(row);
    }
    return row;
  }

  private labelOf(slice: number): string {
    const name = nameOf(this.trace, slice);
    if (this.groupBy === "work") return workGroup(name);
    if (this.groupBy === "op") return name.op;
    if (this.groupBy === "kind") return name.kind;
    return name.layer < 0 ? outsideLayers : `layer ${name.layer}`;
  }
}

/** A join is a wait for what runs next: its time goes to that op. */
function addJoins(
  trace: Trace,
  joins: Row,
  processors: readonly Row[],
  labels: Labels,
  from: number,
  to: number,
  total: RangeRow,
): void {
  const next = processors.map((row) => firstEndingAfter(trace.slices, row, from));
  for (let join = firstEndingAfter(trace.slices, joins, from); join < joins.end; join++) {
    const start = startOf(trace, join);
    if (start >= to) return;
    const end = endOf(trace, join);
    const inside = Math.min(end, to) - Math.max(start, from);
    total.syncNs += inside;
    let waited = -1;
    let kind: ProcessorKind = "cpu";
    for (let r = 0; r < processors.length; r++) {
      const row = processors[r] as Row;
      let slice = next[r] as number;
      while (slice < row.end && (endOf(trace, slice) <= end || labels.isControl(slice))) slice++;
      next[r] = slice;
      if (slice < row.end && (waited < 0 || startOf(trace, slice) < startOf(trace, waited))) {
        waited = slice;
        kind = trace.tracks[row.track]?.kind as ProcessorKind;
      }
    }
    if (waited >= 0 && startOf(trace, waited) < to) labels.rowOf(waited, kind).syncNs += inside;
  }
}

function newRow(label: string): RangeRow {
  return {
    label,
    slices: 0,
    wallNs: 0,
    busyNs: { gpu: 0, npu: 0, cpu: 0 },
    syncNs: 0,
    bytes: 0,
    flops: 0,
    predictedNs: 0,
    measuredNs: 0,
  };
}

export function busyTime(row: RangeRow): number {
  return row.busyNs.gpu + row.busyNs.npu + row.busyNs.cpu;
}

/** Slices of several rows by start; `start` and `end` are what lies in the range, `part` that part of the slice. */
function eachInOrder(
  trace: Trace,
  rows: readonly Row[],
  from: number,
  to: number,
  visit: (slice: number, kind: ProcessorKind, start: number, end: number, part: number) => void,
): void {
  const { slices } = trace;
  const next = Int32Array.from(rows, (row) => firstEndingAfter(slices, row, from));
  const kinds = rows.map((row) => trace.tracks[row.track]?.kind as ProcessorKind);
  const startNext = (r: number): number => {
    const slice = next[r] as number;
    return slice < (rows[r] as Row).end ? (slices.start[slice] as number) : Infinity;
  };
  const starts = Float64Array.from(rows, (_, r) => startNext(r));
  for (;;) {
    let first = -1;
    let earliest = to;
    for (let r = 0; r < starts.length; r++) {
      if ((starts[r] as number) < earliest) {
        earliest = starts[r] as number;
        first = r;
      }
    }
    if (first < 0) return;
    const slice = next[first] as number;
    next[first] = slice + 1;
    starts[first] = startNext(first);
    const end = earliest + (slices.duration[slice] as number);
    const inside = Math.max(earliest, from);
    const until = Math.min(end, to);
    visit(
      slice,
      kinds[first] as ProcessorKind,
      inside,
      until,
      end > earliest ? (until - inside) / (end - earliest) : 1,
    );
  }
}

const outsideLayers = "outside layers";
const outsideTokens = "outside tokens";
const unstated = "unstated";

/** Kinds of work in the order of a layer, layers and tokens by number, others by time spent. */
function sortRows(rows: readonly RangeRow[], groupBy: GroupBy): RangeRow[] {
  const number = ({ label }: RangeRow): number =>
    Number(/\d+$/.exec(label)?.[0] ?? (label === "prompt" ? -1 : Infinity));
  if (groupBy === "work") {
    const place = ({ label }: RangeRow): number => workGroups.findIndex((group) => group === label);
    return rows.toSorted((a, b) => place(a) - place(b));
  }
  if (groupBy !== "layer" && groupBy !== "token") return rows.toSorted((a, b) => busyTime(b) - busyTime(a));
  return rows.toSorted((a, b) => compare(number(a), number(b)));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
