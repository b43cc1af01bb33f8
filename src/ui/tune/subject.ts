import { type Result, success } from "../../base/result";
import { type PlanSource, planSource } from "../../plan/source";
import { noPlanSource } from "../../run/whatIf";
import { headerCosts } from "../../trace/analysis/costs";
import { decodeTrace } from "../../trace/decode";
import type { TraceFooter, TraceHeader } from "../../trace/metadata";
import type { TuneSubject } from "../messages/tune";
import { text } from "../text";

/** A run that can be tuned, and what its trace tells of where it ran. */
export interface Tunable {
  readonly subject: TuneSubject;
  readonly source: PlanSource;
  /** Of the host that ran it; undefined for a run that was simulated. */
  readonly deviceId: string | undefined;
  /** The file on this computer. */
  readonly modelPath: string | undefined;
}

const fewestPromptTokens = 2;

/** Errors: those of decoding; `no-plan-source`. */
export function readTunable(bytes: Uint8Array, fileName: string): Result<Tunable> {
  const trace = decodeTrace(bytes, fileName);
  if (!trace.ok) return trace;
  const { header, footer } = trace.value;
  const source = header === undefined ? undefined : planSource(header.json);
  if (header === undefined || source === undefined) return noPlanSource();
  const { json } = header;
  const costs = headerCosts(header);
  const { fast, driver } = costs?.joinNs ?? {};
  return success({
    source,
    deviceId: header.origin === "measured" ? textOf(partOf(json.context, "device"), "id") : undefined,
    modelPath: textOf(partOf(json.context, "model"), "path"),
    subject: {
      title: text.tuneSubject(
        when(header.startedAt),
        header.deviceName ?? "",
        prompt(header),
        generated(header, footer),
      ),
      origin: header.origin,
      now: source.settings,
      promptTokens: prompt(header),
      generatedTokens: generated(header, footer),
      longestStep: source.maxTokens,
      prefill: footer?.stats.prefillTokensPerSecond ?? 0,
      decode: footer?.stats.decodeTokensPerSecond ?? 0,
      costs: text.tuneCosts(textOf(json.costs, "name") ?? "", costs?.origin ?? "modeled"),
      ...(fast === undefined || driver === undefined ? {} : { joinUs: { fast: fast / 1e3, driver: driver / 1e3 } }),
    },
  });
}

const prompt = (header: TraceHeader): number => Math.max(fewestPromptTokens, header.promptTokens ?? 256);
const generated = (header: TraceHeader, footer: TraceFooter | undefined): number =>
  Math.max(1, footer?.stats.generatedTokens ?? header.maxTokens ?? 32);

/** "14:05", as a person says it. */
function when(startedAt: string | undefined): string {
  const date = new Date(startedAt ?? "");
  if (Number.isNaN(date.getTime())) return "";
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

function partOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const found = partOf(value, name);
  return typeof found === "string" && found !== "" ? found : undefined;
}
