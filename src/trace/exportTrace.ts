import { type AnnotationValue, annotationsOf } from "./annotations";
import { type Trace, endOf, nameOf, startOf } from "./trace";

/** Slices as a table, one line each; times in ns. RFC 4180. */
export function toCsv(trace: Trace): string {
  const columns = ["layer", "op", "kind", "type", "shape", "bytes", "flops", "strategy", "share", "predicted_ns"];
  const lines = [["track", "depth", "name", "start_ns", "duration_ns", ...columns].join(",")];
  for (const row of trace.rows) {
    const track = trace.tracks[row.track]?.name ?? "";
    for (let slice = row.first; slice < row.end; slice++) {
      const annotations = new Map(annotationsOf(trace, slice).map(({ name, value }) => [name, value]));
      const values = [
        track,
        row.depth,
        nameOf(trace, slice).text,
        startOf(trace, slice),
        endOf(trace, slice) - startOf(trace, slice),
        ...columns.map((name) => annotations.get(name) ?? ""),
      ];
      lines.push(values.map(csvField).join(","));
    }
  }
  return lines.join("\r\n") + "\r\n";
}

function csvField(value: AnnotationValue): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A field that begins like a formula would be run by spreadsheet programs.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Chrome's trace event format: complete events, times in µs. */
export function toChromeJson(trace: Trace): string {
  const events: string[] = [];
  const shown = trace.tracks.filter((track) => track.rows.length > 0 || track.kind === "counter");
  for (const track of shown) {
    events.push(
      JSON.stringify({ ph: "M", name: "thread_name", pid: 1, tid: track.index + 1, args: { name: track.name } }),
    );
  }
  for (const row of trace.rows) {
    for (let slice = row.first; slice < row.end; slice++) {
      const args = Object.fromEntries(annotationsOf(trace, slice).map(({ name, value }) => [name, value]));
      const { text, kind } = nameOf(trace, slice);
      events.push(
        JSON.stringify({
          ph: "X",
          name: text,
          cat: kind === "" ? "slice" : kind,
          pid: 1,
          tid: row.track + 1,
          ts: startOf(trace, slice) / 1e3,
          dur: (endOf(trace, slice) - startOf(trace, slice)) / 1e3,
          args,
        }),
      );
    }
  }
  for (const counter of trace.counters) {
    const name = trace.tracks[counter.track]?.name ?? "";
    counter.time.forEach((time, i) => {
      events.push(
        JSON.stringify({
          ph: "C",
          name,
          pid: 1,
          tid: counter.track + 1,
          ts: time / 1e3,
          args: { value: counter.value[i] },
        }),
      );
    });
  }
  return `{"displayTimeUnit":"ns","traceEvents":[\n${events.join(",\n")}\n]}\n`;
}
