import type { DeviceStatusResult } from "../../agent/protocol.gen";
import type { RunOutcome } from "../../run/runPrompt";
import type { RunNumbers } from "../messages/run";
import { ranOnNames, text } from "../text";
import type { RateMeter } from "./rateMeter";

/** What the device said of itself while the run went on. */
export type Status = Pick<DeviceStatusResult, "agentMemoryBytes" | "memoryAvailableBytes" | "temperatures">;

/** The numbers so far, from the tokens that came. */
export function liveNumbers(meter: RateMeter, status: Status | undefined): RunNumbers {
  return {
    firstTokenMs: meter.firstMs,
    promptTokens: null,
    cachedTokens: null,
    prefillRate: null,
    decodeRate: meter.liveRate,
    decodeTokens: meter.liveTokens,
    live: true,
    memoryBytes: status?.agentMemoryBytes ?? null,
    memoryAvailableBytes: status?.memoryAvailableBytes ?? null,
    celsius: warmest(status),
    ranOn: null,
    ranOnDetail: null,
  };
}

/** The numbers of a run that is over, as the agent measured them; those seen live where it could not tell. */
export function finalNumbers(outcome: RunOutcome, meter: RateMeter, status: Status | undefined): RunNumbers {
  const live = liveNumbers(meter, status);
  const { stats, ranOn } = outcome;
  if (stats === undefined) return live;
  const positive = (value: number): number | null => (value > 0 ? value : null);
  const names = ranOnNames(ranOn);
  return {
    ...live,
    firstTokenMs: positive(stats.timeToFirstTokenMs),
    promptTokens: stats.promptTokens,
    cachedTokens: stats.cachedTokens,
    prefillRate: positive(stats.prefillTokensPerSecond),
    decodeRate: positive(stats.decodeTokensPerSecond),
    decodeTokens: stats.generatedTokens,
    live: false,
    memoryBytes: positive(stats.peakMemoryBytes),
    ranOn: names === "" ? null : names,
    ranOnDetail: names === "" ? null : text.opsRan(ranOn),
  };
}

/** The warmest zone, which is what throttles; null where the system shows none. */
function warmest(status: Status | undefined): number | null {
  const celsius = (status?.temperatures ?? []).map((zone) => zone.celsius).filter((value) => value > 0 && value < 150);
  return celsius.length === 0 ? null : Math.max(...celsius);
}
