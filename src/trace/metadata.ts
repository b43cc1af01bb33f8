/** What the header of our own traces says; see docs/trace-format.md. Fields that it does not tell are absent. */
export interface TraceHeader {
  readonly format: number;
  readonly origin: "measured" | "modeled";
  readonly agentVersion?: string;
  readonly agentTarget?: string;
  /** As the host calls it, else the name of its CPU. */
  readonly deviceName?: string;
  readonly soc?: string;
  /** Of a modeled run: false where its description is scaled from published figures. */
  readonly calibrated?: boolean;
  readonly processors: readonly TraceProcessor[];
  readonly model: TraceModel;
  readonly threads?: number;
  readonly isa?: string;
  readonly promptTokens?: number;
  readonly promptText?: string;
  readonly maxTokens?: number;
  /** ISO time. */
  readonly startedAt?: string;
  /** The header as it was written, for details views. */
  readonly json: JsonObject;
}

export interface TraceProcessor {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
}

export interface TraceModel {
  readonly name?: string;
  readonly family?: string;
  readonly layers?: number;
  readonly parameters?: number;
  /** Tensor types of the weights, most bytes first. */
  readonly weightTypes: readonly string[];
}

/** What the footer says; a trace without one was cut short. */
export interface TraceFooter {
  readonly finish: string;
  readonly finishDetail?: string;
  readonly stats: TraceStats;
  readonly ranOn: readonly {
    readonly processor: string;
    readonly ops: number;
    readonly ns: number;
    readonly share: number;
  }[];
  readonly lost: { readonly events: number; readonly firstNs?: number; readonly lastNs?: number };
  readonly overheadPercent?: number;
  readonly text?: string;
  readonly clockErrorNs: { readonly gpu?: number; readonly npu?: number };
  readonly json: JsonObject;
}

/** GenerateStats of the protocol; here every field may be missing. */
export type TraceStats = {
  readonly [K in (typeof statNames)[number]]?: number;
};

const statNames = [
  "promptTokens",
  "generatedTokens",
  "cachedTokens",
  "timeToFirstTokenMs",
  "prefillMs",
  "prefillTokensPerSecond",
  "decodeMs",
  "decodeTokensPerSecond",
  "peakMemoryBytes",
] as const;

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export function parseHeader(text: string): TraceHeader | undefined {
  const json = parseObject(text);
  if (json === undefined) return undefined;
  const agent = object(json.agent);
  const device = object(json.device);
  const context = object(json.context);
  const host = object(context.device);
  const model = object(json.model);
  const settings = object(json.settings);
  const prompt = object(json.prompt);
  const { calibrated } = object(json.soc);
  return {
    format: number(json.format) ?? 0,
    origin: json.origin === "modeled" ? "modeled" : "measured",
    ...present({
      agentVersion: string(agent.version),
      agentTarget: string(agent.target),
      deviceName: string(host.name) ?? string(context.deviceName) ?? string(context.device) ?? string(device.cpu),
      soc: string(host.soc),
      calibrated: typeof calibrated === "boolean" ? calibrated : undefined,
      threads: number(settings.threads),
      isa: string(settings.isa),
      maxTokens: number(settings.maxTokens),
      promptTokens: number(prompt.tokens),
      promptText: string(prompt.text),
      startedAt: string(json.startedAt),
    }),
    processors: list(json.processors).map((entry) => ({
      kind: string(entry.kind) ?? "",
      name: string(entry.name) ?? "",
      state: string(entry.state) ?? "ready",
      ...present({ reason: string(entry.reason) }),
    })),
    model: {
      ...present({
        name: string(model.name),
        family: string(model.family),
        layers: number(model.layers),
        parameters: number(model.parameters),
      }),
      weightTypes: Object.entries(object(model.weightBytesByType))
        .sort(([, a], [, b]) => (number(b) ?? 0) - (number(a) ?? 0))
        .map(([type]) => type),
    },
    json,
  };
}

export function parseFooter(text: string): TraceFooter | undefined {
  const json = parseObject(text);
  if (json === undefined) return undefined;
  const stats = object(json.stats);
  const lost = object(json.lost);
  const clock = object(json.clockErrorNs);
  return {
    finish: string(json.finish) ?? "",
    ...present({
      finishDetail: string(json.finishDetail),
      overheadPercent: number(json.overheadPercent),
      text: string(json.text),
    }),
    stats: Object.fromEntries(
      statNames.flatMap((name) => {
        const value = number(stats[name]);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    ranOn: list(json.ranOn).map((entry) => ({
      processor: string(entry.processor) ?? "",
      ops: number(entry.ops) ?? 0,
      ns: number(entry.ns) ?? 0,
      share: number(entry.share) ?? 0,
    })),
    lost: {
      events: number(lost.events) ?? 0,
      ...present({ firstNs: number(lost.firstNs), lastNs: number(lost.lastNs) }),
    },
    clockErrorNs: present({ gpu: number(clock.gpu), npu: number(clock.npu) }),
    json,
  };
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const list = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
const string = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const number = (value: Json | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
