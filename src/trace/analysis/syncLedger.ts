import { type Trace, firstEndingAfter } from "../trace";
import { readColumns } from "./annotationColumns";
import { bandRow } from "../bands";
import { type HeaderCosts, headerCosts, solverSettings } from "./costs";
import { type JoinLane, joinLanes, opMarks, processorLanes } from "./lanes";
import { eachSyncSpan } from "./syncSpans";

/** How a join waits; `unstated` where neither it nor the header says. */
export const joinKinds = ["fast", "driver", "unstated"] as const;
export type JoinKind = (typeof joinKinds)[number];

/** Sums over joins, of each the part that lies in the range. Times in ns. */
export interface LedgerRow {
  readonly kind: JoinKind;
  /** Who waited. */
  readonly waits: JoinLane["waits"] | "either";
  /** Joins that begin in the range. */
  joins: number;
  /** Time of the joins: `exposedNs` + `hiddenNs`. */
  totalNs: number;
  /** Nothing computes, and the join's end is what changes that. */
  exposedNs: number;
  /** The rest: work goes on meanwhile, or another join is what it waits for. */
  hiddenNs: number;
  /** After joins that were exposed: until an op runs, which is the submission behind them. */
  behindNs: number;
  sleptNs: number;
  polledNs: number;
  predictedNs: number;
  /** From the end of the work that was waited for to the end of the join: what the hand-off itself cost. */
  handOffNs: number;
}

export interface SyncLedger {
  /** By kind and who waited, most exposed time first. */
  readonly rows: readonly LedgerRow[];
  readonly total: LedgerRow;
  /** Tokens that the range touches, the prompt as one; 0 where the trace does not tell. */
  readonly tokens: number;
  /** Of the range, `exposedNs` and `behindNs`: nothing computes because of a join. 0 to 100. */
  readonly exposedPercent: number;
  /** What fast joins saved against the driver's, in ns; absent without fast joins or without costs in the header. */
  readonly saved?: { readonly ns: number; readonly driverJoinNs: number; readonly costs: HeaderCosts };
}

/** Hand-offs between processors and what they cost, between two times. */
export function syncLedger(trace: Trace, from = 0, to = trace.durationNs): SyncLedger {
  const rows = new Map<string, LedgerRow>();
  const waiting = joinLanes(trace);
  const joinRows = waiting.map(({ row }) => row);
  const columns = readColumns(trace, joinRows, ["slept_ns", "polled_ns", "predicted_ns"], ["kind"]);
  const unsaid = syncOfSettings(trace);
  const kinds = columns.strings.map((text) => joinKinds.find((kind) => kind === text) ?? unsaid);
  const rowOf = (join: number, waits: JoinLane["waits"]): LedgerRow => {
    const kind = kinds[columns.texts.kind[join - columns.base] ?? 0] ?? unsaid;
    let row = rows.get(kind + waits);
    if (row === undefined) rows.set(kind + waits, (row = newRow(kind, waits)));
    return row;
  };

  const { start, duration } = trace.slices;
  const said = (column: Float64Array, join: number): number => {
    const value = column[join - columns.base] ?? NaN;
    return value > 0 ? value : 0;
  };
  const ends = new EndsOfWork(trace);
  for (const { row, waits } of waiting) {
    for (let join = firstEndingAfter(trace.slices, row, from); join < row.end; join++) {
      const begin = start[join] as number;
      if (begin >= to) break;
      const took = duration[join] as number;
      const inside = Math.max(0, Math.min(begin + took, to) - Math.max(begin, from));
      const part = took > 0 ? inside / took : 1;
      const sum = rowOf(join, waits);
      if (begin >= from) sum.joins++;
      sum.totalNs += inside;
      sum.hiddenNs += inside;
      sum.sleptNs += said(columns.numbers.slept_ns, join) * part;
      sum.polledNs += said(columns.numbers.polled_ns, join) * part;
      sum.predictedNs += said(columns.numbers.predicted_ns, join) * part;
      sum.handOffNs += (begin + took - ends.lastWithin(begin, begin + took)) * part;
    }
  }
  eachSyncSpan(trace, from, to, ({ join, waits, begin, joinEnd, end }) => {
    const row = rowOf(join, waits);
    const inside = (a: number, b: number): number => Math.max(0, Math.min(b, to) - Math.max(a, from));
    const exposed = inside(begin, joinEnd);
    row.exposedNs += exposed;
    row.hiddenNs -= exposed;
    row.behindNs += inside(joinEnd, end);
  });
  const list = [...rows.values()];
  const total = sumRows(list);
  return {
    rows: list.sort((a, b) => b.exposedNs + b.behindNs - a.exposedNs - a.behindNs || b.totalNs - a.totalNs),
    total,
    tokens: tokensIn(trace, from, to),
    exposedPercent: to > from ? (100 * (total.exposedNs + total.behindNs)) / (to - from) : 0,
    ...savedBy(list, headerCosts(trace.header)),
  };
}

function savedBy(rows: readonly LedgerRow[], costs: HeaderCosts | undefined): Pick<SyncLedger, "saved"> {
  const driverJoinNs = costs?.joinNs.driver;
  const fast = rows.filter(({ kind, joins }) => kind === "fast" && joins > 0);
  if (costs === undefined || driverJoinNs === undefined || fast.length === 0) return {};
  const ns = fast.reduce((sum, { joins, handOffNs }) => sum + joins * driverJoinNs - handOffNs, 0);
  return { saved: { ns, driverJoinNs, costs } };
}

/** When the last op ended within a join. Joins of a row come in time order; of several rows nearly. */
class EndsOfWork {
  private readonly lanes;
  private readonly isOp: Uint8Array;

  constructor(private readonly trace: Trace) {
    this.lanes = processorLanes(trace);
    this.isOp = opMarks(trace);
  }

  /** The latest end of an op in (begin, end], else `begin`. */
  lastWithin(begin: number, end: number): number {
    const { slices } = this.trace;
    let last = begin;
    for (const { row } of this.lanes) {
      // The first that ends after the join; what ended within it lies before.
      for (let slice = firstEndingAfter(slices, row, end) - 1; slice >= row.first; slice--) {
        const ended = (slices.start[slice] as number) + (slices.duration[slice] as number);
        if (ended <= last) break;
        if (this.isOp[slices.name[slice] as number] === 0) continue;
        last = ended;
        break;
      }
    }
    return last;
  }
}

function syncOfSettings(trace: Trace): JoinKind {
  const sync = solverSettings(trace.header)?.sync;
  return sync === "fast" || sync === "driver" ? sync : "unstated";
}

function tokensIn(trace: Trace, from: number, to: number): number {
  const row = bandRow(trace, "Token");
  if (row === undefined) return 0;
  let tokens = 0;
  for (let i = firstEndingAfter(trace.slices, row, from); i < row.end; i++) {
    if ((trace.slices.start[i] as number) >= to) break;
    tokens++;
  }
  return tokens;
}

function newRow(kind: JoinKind, waits: LedgerRow["waits"]): LedgerRow {
  return {
    kind,
    waits,
    joins: 0,
    totalNs: 0,
    exposedNs: 0,
    hiddenNs: 0,
    behindNs: 0,
    sleptNs: 0,
    polledNs: 0,
    predictedNs: 0,
    handOffNs: 0,
  };
}

function sumRows(rows: readonly LedgerRow[]): LedgerRow {
  const total = newRow("unstated", "either");
  for (const row of rows) {
    total.joins += row.joins;
    total.totalNs += row.totalNs;
    total.exposedNs += row.exposedNs;
    total.hiddenNs += row.hiddenNs;
    total.behindNs += row.behindNs;
    total.sleptNs += row.sleptNs;
    total.polledNs += row.polledNs;
    total.predictedNs += row.predictedNs;
    total.handOffNs += row.handOffNs;
  }
  return total;
}
