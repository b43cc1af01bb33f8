import type { Json, JsonObject, TraceHeader } from "../metadata";
import { type ProcessorKind, processorKinds } from "../tracks";

/** What the device's profile or SoC description says in the header; see docs/trace-format.md. */
export interface HeaderCosts {
  /** The profile or description. */
  readonly name: string;
  readonly origin: "measured" | "modeled";
  /** ns that one join costs, by kind. */
  readonly joinNs: { readonly fast?: number; readonly driver?: number };
}

/** What a processor can reach at best. */
export interface Roof {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly origin: "measured" | "modeled";
}

/** Undefined where the header names no costs. */
export function headerCosts(header: TraceHeader | undefined): HeaderCosts | undefined {
  const costs = object(header?.json.costs);
  if (costs === undefined) return undefined;
  const joins = object(costs.joinUs) ?? {};
  const fast = positive(joins.fast);
  const driver = positive(joins.driver);
  return {
    name: typeof costs.name === "string" ? costs.name : "",
    origin: originOf(costs.origin),
    joinNs: {
      ...(fast === undefined ? {} : { fast: fast * 1e3 }),
      ...(driver === undefined ? {} : { driver: driver * 1e3 }),
    },
  };
}

/** Roofs of the processors for which the header names both figures. */
export function headerRoofs(header: TraceHeader | undefined): Partial<Record<ProcessorKind, Roof>> {
  const roofs: Partial<Record<ProcessorKind, Roof>> = {};
  const list = header?.json.processors;
  for (const entry of Array.isArray(list) ? (list as readonly Json[]) : []) {
    const processor = object(entry);
    const roof = object(processor?.roof);
    const kind = processorKinds.find((known) => known === processor?.kind);
    const tflops = positive(roof?.tflops);
    const gbps = positive(roof?.gbps);
    if (kind === undefined || tflops === undefined || gbps === undefined) continue;
    roofs[kind] = { flopsPerSecond: tflops * 1e12, bytesPerSecond: gbps * 1e9, origin: originOf(roof?.origin) };
  }
  return roofs;
}

/** The solver's settings of the run, as `tandem.json` has them; undefined where the header has none. */
export function solverSettings(header: TraceHeader | undefined): JsonObject | undefined {
  const settings = object(header?.json.settings);
  return object(settings?.solver);
}

const originOf = (value: Json | undefined): "measured" | "modeled" => (value === "measured" ? "measured" : "modeled");
const positive = (value: Json | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
const object = (value: Json | undefined): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
