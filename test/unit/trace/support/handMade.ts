// Small traces written by hand, in whole microseconds, for analyses whose answer is worked out on paper.
import assert from "node:assert/strict";
import { decodeTrace } from "../../../../src/trace/decode";
import type { Trace } from "../../../../src/trace/trace";
import { random } from "../../../fixtures/traceScenarios";
import { type AnnotationInput, type TrackWriter, TraceWriter } from "../../../fixtures/traceWriter";

export const trackIds = {
  "Tandem agent": 1,
  Phase: 2,
  Token: 3,
  Layer: 4,
  "GPU queue": 10,
  NPU: 11,
  CPU: 12,
  Sync: 13,
  "NPU sync": 14,
  Submit: 15,
} as const;
export type TrackName = keyof typeof trackIds;

export interface HandSlice {
  readonly on: TrackName;
  readonly name: string;
  /** µs */
  readonly from: number;
  readonly to: number;
  readonly annotations?: Readonly<Record<string, AnnotationInput>>;
  readonly flows?: readonly number[];
}

const t0 = 1_000_000_000;

/** A trace of these slices; those of one track must come in order and not overlap. */
export function traceOf(slices: readonly HandSlice[], header?: object, footer?: object): Trace {
  const writer = new TraceWriter({ style: "compact", t0 });
  const tracks = new Map<string, TrackWriter>();
  const track = (name: TrackName): TrackWriter => {
    let known = tracks.get(name);
    if (known === undefined) tracks.set(name, (known = writer.track({ uuid: trackIds[name], name })));
    return known;
  };
  if (header !== undefined) {
    track("Tandem agent").instant(t0, "tandem.header", { json: { text: JSON.stringify(header) } });
  }
  for (const { on, name, from, to, annotations, flows } of slices) {
    track(on).begin(t0 + from * 1000, name, annotations, flows);
    track(on).end(t0 + to * 1000);
  }
  if (footer !== undefined) {
    const end = t0 + Math.max(0, ...slices.map(({ to }) => to * 1000));
    track("Tandem agent").instant(end, "tandem.footer", { json: { text: JSON.stringify(footer) } });
  }
  return decoded(writer.bytes());
}

export function decoded(bytes: Uint8Array): Trace {
  const result = decodeTrace(bytes, "test.pftrace");
  assert.ok(result.ok, result.ok ? "" : result.failure.message);
  return result.value;
}

/** An op of kind matmul. Times in µs. */
export function op(
  on: TrackName,
  name: string,
  from: number,
  to: number,
  annotations: Readonly<Record<string, AnnotationInput>> = {},
  flows: readonly number[] = [],
): HandSlice {
  return { on, name, from, to, annotations: { kind: "matmul", ...annotations }, flows };
}

export function band(on: TrackName, name: string, from: number, to: number): HandSlice {
  return { on, name, from, to };
}

/** Ops and joins at random times on all tracks, in whole µs; of a run of 1000 µs. */
export function randomTrace(seed: number): Trace {
  const next = random(seed);
  const slices: HandSlice[] = [band("Phase", "prefill", 0, 400), band("Phase", "decode", 400, 1000)];
  for (let at = 0; at < 1000; at += 50) slices.push(band("Layer", `layer ${String((at / 50) % 4)}`, at, at + 50));
  for (const on of ["GPU queue", "NPU", "CPU", "Sync", "NPU sync", "Submit"] as const) {
    let now = Math.floor(next() * 20);
    while (now < 980) {
      const to = Math.min(1000, now + Math.floor(next() * 40));
      const flows = next() < 0.4 ? [Math.floor(next() * 60)] : [];
      const name = `blk.${String(Math.floor(next() * 4))}.${["ffn_down", "attn_q"][Math.floor(next() * 2)] ?? ""}`;
      if (on === "Sync" || on === "NPU sync") {
        const kind = ["fast", "driver"][Math.floor(next() * 2)] ?? "";
        slices.push({ on, name: "join", from: now, to, annotations: { kind, predicted_ns: 500 }, flows });
      } else if (on === "Submit" || next() < 0.15) slices.push({ on, name: "submit", from: now, to, flows });
      else
        slices.push(op(on, name, now, to, { bytes: 100, flops: 300, predicted_ns: 9000, strategy: "weight" }, flows));
      now = to + Math.floor(next() * 30);
    }
  }
  return traceOf(slices);
}
