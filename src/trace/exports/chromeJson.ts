import { flowIndex } from "../analysis/flowIndex";
import { annotationsOf } from "../annotations";
import { type Trace, endOf, nameOf, startOf } from "../trace";

/** Events that become one piece. */
const eventsPerPiece = 4096;

/**
 * The trace in Chrome's trace event format, piece by piece: complete events, counters and flows; times in µs. What a
 * reader must know of the run, its origin first, is in `otherData`.
 */
export function* chromeJsonPieces(trace: Trace): Generator<string, void, undefined> {
  yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(aboutRun(trace))},"traceEvents":[\n`;
  let piece: string[] = [];
  let isFirst = true;
  for (const event of events(trace)) {
    piece.push(JSON.stringify(event));
    if (piece.length < eventsPerPiece) continue;
    yield (isFirst ? "" : ",\n") + piece.join(",\n");
    isFirst = false;
    piece = [];
  }
  yield (isFirst || piece.length === 0 ? "" : ",\n") + piece.join(",\n") + "\n]}\n";
}

type Event = Readonly<Record<string, unknown>>;

function aboutRun({ header }: Trace): Event {
  return {
    writtenBy: "Tandem",
    origin: header?.origin,
    device: header?.deviceName,
    model: header?.model.name,
    startedAt: header?.startedAt,
  };
}

function* events(trace: Trace): Generator<Event, void, undefined> {
  yield* trackEvents(trace);
  yield* sliceEvents(trace);
  yield* flowEvents(trace);
  yield* counterEvents(trace);
}

const thread = (track: number): { pid: number; tid: number } => ({ pid: 1, tid: track + 1 });

function* trackEvents(trace: Trace): Generator<Event, void, undefined> {
  yield { ph: "M", name: "process_name", pid: 1, args: { name: "Tandem" } };
  for (const { index, name, rows } of trace.tracks) {
    if (rows.length === 0) continue;
    yield { ph: "M", name: "thread_name", ...thread(index), args: { name } };
    yield { ph: "M", name: "thread_sort_index", ...thread(index), args: { sort_index: index } };
  }
}

function* sliceEvents(trace: Trace): Generator<Event, void, undefined> {
  for (const row of trace.rows) {
    for (let slice = row.first; slice < row.end; slice++) {
      const { text, kind } = nameOf(trace, slice);
      yield {
        ph: "X",
        name: text,
        cat: kind === "" ? "slice" : kind,
        ...thread(row.track),
        ts: startOf(trace, slice) / 1e3,
        dur: (endOf(trace, slice) - startOf(trace, slice)) / 1e3,
        args: Object.fromEntries(annotationsOf(trace, slice).map(({ name, value }) => [name, value])),
      };
    }
  }
}

/** One flow for each link, from a slice to the one after it; their times lie in the slices. */
function* flowEvents(trace: Trace): Generator<Event, void, undefined> {
  const { first, previous } = flowIndex(trace);
  for (const row of trace.rows) {
    for (let slice = row.first; slice < row.end; slice++) {
      for (let id = first[slice] as number; id < (first[slice + 1] as number); id++) {
        const before = previous[id] as number;
        const track = trace.rows.find(({ first: from, end }) => from <= before && before < end)?.track ?? row.track;
        const start = startOf(trace, before);
        const at = Math.min(endOf(trace, slice), Math.max(startOf(trace, slice), start));
        const same = { name: "flow", cat: "flow", id: id + 1 };
        yield { ph: "s", ...same, ...thread(track), ts: start / 1e3 };
        yield { ph: "f", bp: "e", ...same, ...thread(row.track), ts: at / 1e3 };
      }
    }
  }
}

function* counterEvents(trace: Trace): Generator<Event, void, undefined> {
  for (const { track, time, value } of trace.counters) {
    const name = trace.tracks[track]?.name ?? "";
    for (let i = 0; i < time.length; i++) {
      yield { ph: "C", name, pid: 1, ts: (time[i] as number) / 1e3, args: { value: value[i] } };
    }
  }
}
