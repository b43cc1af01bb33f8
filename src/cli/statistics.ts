import type { GenerateStats, RanOn } from "../agent/protocol.gen";
import { formatBytes, formatCount, significant } from "../base/units";
import { inSentence } from "../base/words";
import type { RunOutcome } from "../run/runPrompt";

/** Ends that the answer alone does not show. */
const endings: Readonly<Record<string, string>> = {
  cancelled: " · stopped",
  "max-tokens": " · at the limit of tokens (-n)",
  "context-full": " · context full",
};

/** What a run was like, in a few aligned lines: all of it measured on the device. */
export function runStatistics(outcome: RunOutcome, deviceName: string): string[] {
  const { stats, model, tracePath, trace } = outcome;
  const title = `${model.header.name} ${model.header.type} (${formatCount(model.header.parameters)}) on ${inSentence(deviceName)}`;
  const rows: [string, string][] = [];
  if (stats !== undefined) {
    rows.push(["first token", milliseconds(stats.timeToFirstTokenMs)]);
    rows.push(["prefill", prefillWords(stats)]);
    rows.push(["decode", decodeWords(stats)]);
    rows.push(["memory", `${formatBytes(stats.peakMemoryBytes)} at most`]);
  } else {
    rows.push(["tokens", String(outcome.tokens)]);
  }
  if (outcome.ranOn.length > 0) rows.push(["ran on", ranOnWords(outcome.ranOn)]);
  if (tracePath !== undefined) {
    const cost =
      trace === null ? "" : ` (${formatBytes(trace.bytes)}, recording cost ${significant(trace.overheadPercent)} %)`;
    rows.push(["trace", `${tracePath}${cost}`]);
    if (trace !== null && trace.lost > 0)
      rows.push(["", `${trace.lost} of ${trace.events + trace.lost} events were lost`]);
  }
  return [
    `${title} · ${stats === undefined ? "cut short" : "measured"}${endings[outcome.finish] ?? ""}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(12)}${text}`),
  ];
}

/** "CPU 100 % (412 ops, 38.2 ms)": every processor that did something, the busiest first. */
export function ranOnWords(ranOn: readonly RanOn[]): string {
  return [...ranOn]
    .sort((a, b) => b.share - a.share)
    .map(({ processor, ops, ns, share }) => {
      const percent = significant(share * 100);
      return `${processor.toUpperCase()} ${percent} % (${ops} ops, ${milliseconds(ns / 1e6)})`;
    })
    .join(" · ");
}

export function milliseconds(ms: number): string {
  if (ms < 1) return `${significant(ms * 1000)} µs`;
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

function prefillWords(stats: GenerateStats): string {
  const cached = stats.cachedTokens > 0 ? `, ${stats.cachedTokens} more from the cache` : "";
  const read = stats.promptTokens - stats.cachedTokens;
  return `${significant(stats.prefillTokensPerSecond)} tok/s (${read} tokens in ${milliseconds(stats.prefillMs)}${cached})`;
}

function decodeWords(stats: GenerateStats): string {
  if (stats.decodeTokensPerSecond === 0) return `– (${stats.generatedTokens} token)`;
  return `${significant(stats.decodeTokensPerSecond)} tok/s (${stats.generatedTokens} tokens in ${milliseconds(stats.decodeMs)})`;
}
