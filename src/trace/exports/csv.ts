import { type AnnotationValue, annotationsOf } from "../annotations";
import { type Trace, endOf, nameOf, startOf } from "../trace";

const annotationColumns = [
  "layer",
  "op",
  "kind",
  "type",
  "shape",
  "bytes",
  "flops",
  "strategy",
  "share",
  "predicted_ns",
  "slept_ns",
  "polled_ns",
] as const;

/** Lines that become one piece. */
const linesPerPiece = 4096;

/** Slices as a table, one line each, piece by piece, since a whole file may be longer than a text can be. ns. RFC 4180. */
export function* csvPieces(trace: Trace): Generator<string, void, undefined> {
  let piece = ["track", "depth", "name", "start_ns", "duration_ns", ...annotationColumns].join(",") + "\r\n";
  let lines = 0;
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
        ...annotationColumns.map((name) => annotations.get(name) ?? ""),
      ];
      piece += values.map(csvField).join(",") + "\r\n";
      if (++lines % linesPerPiece !== 0) continue;
      yield piece;
      piece = "";
    }
  }
  if (piece !== "") yield piece;
}

function csvField(value: AnnotationValue): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A field that begins like a formula would be run by spreadsheet programs.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
