import type { GenerateResult, GenerateStats, RanOn } from "../agent/protocol.gen";
import type { Failure } from "../base/result";

/** What stands beside a trace, so that a list of thousands of runs needs no trace to be decoded. */
export interface RunRecord {
  readonly format: 1;
  readonly id: string;
  /** ISO time. */
  readonly startedAt: string;
  readonly origin: "measured" | "modeled";
  readonly device: { readonly id: string; readonly name: string; readonly kind: string };
  readonly model: { readonly name: string; readonly type: string; readonly path: string };
  /** What was asked, shortened. */
  readonly prompt: string;
  readonly finish: GenerateResult["finish"] | "failed" | "running";
  /** Tokens generated. */
  readonly tokens: number;
  readonly stats?: GenerateStats;
  readonly ranOn?: readonly RanOn[];
  /** Of a simulated run, in place of `stats`, which are measured. */
  readonly modeled?: {
    readonly prefillTokensPerSecond: number;
    readonly decodeTokensPerSecond: number;
    readonly calibrated: boolean;
  };
  readonly failure?: Failure;
  /** Process that writes it, while `finish` is "running". */
  readonly pid?: number;
}

/** A record from JSON text, or undefined where the text is something else. */
export function parseRecord(text: string): RunRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { format, id, startedAt, device, model, finish } = value as Partial<RunRecord>;
  const named = (part: unknown): boolean =>
    typeof part === "object" && part !== null && typeof (part as { name?: unknown }).name === "string";
  const whole =
    format === 1 &&
    typeof id === "string" &&
    typeof startedAt === "string" &&
    Number.isFinite(Date.parse(startedAt)) &&
    typeof finish === "string" &&
    named(device) &&
    named(model);
  return whole ? (value as RunRecord) : undefined;
}

/** Sorts by time and reads well in a folder: "20261120-140533-Llama-3.2-1B-Q4_0-Xiaomi-14". */
export function runId(startedAt: Date, modelName: string, deviceName: string): string {
  const stamp = startedAt.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const slug = (name: string): string =>
    name
      .normalize("NFKD")
      .replace(/[^A-Za-z0-9._]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "")
      .slice(0, 40);
  return [stamp, slug(modelName), slug(deviceName)].filter((part) => part !== "").join("-");
}
