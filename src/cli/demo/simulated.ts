import type { Engine, SimulateResult } from "../../agent/protocol.gen";
import { type Result, failure, success } from "../../base/result";
import { significant } from "../../base/units";
import type { Device } from "../../device/device";
import type { RunStore } from "../../run/runStore";
import type { AgentSessions } from "../../run/sessions";
import { simulateRun } from "../../run/simulateRun";
import { milliseconds } from "../statistics";
import { plainTable } from "../table";

/** What the demo models: the paper's own case. */
export const modeled = { model: "llama-3-8b", soc: "snapdragon-8-gen-3", promptTokens: 256, maxTokens: 32 };

const engines: readonly (readonly [Engine, string])[] = [
  ["gpu", "GPU only"],
  ["npu", "NPU only"],
  ["layer", "layer-level"],
  ["tensor", "tensor-level"],
];

export interface Simulated {
  readonly soc: string;
  readonly calibrated: boolean;
  /** A table of the four engines; every figure in it is modeled. */
  readonly table: string;
  /** Of the tensor-level engine. */
  readonly tracePath: string;
}

/** The four ways to run one model on one modeled phone, one after the other. */
export async function simulateEngines(
  { sessions, store, device }: { readonly sessions: AgentSessions; readonly store: RunStore; readonly device: Device },
  signal: AbortSignal,
): Promise<Result<Simulated>> {
  const { model, soc, promptTokens, maxTokens } = modeled;
  const rows: string[][] = [];
  let last: { readonly result: SimulateResult; readonly tracePath: string | undefined } | undefined;
  for (const [engine, name] of engines) {
    const outcome = await simulateRun(
      { sessions, store: engine === "tensor" ? store : undefined },
      { device, model, costs: { soc }, settings: {}, engine, promptTokens, maxTokens },
      () => undefined,
      signal,
    );
    if (!outcome.ok) return outcome;
    last = outcome.value;
    rows.push([name, ...figures(outcome.value.result)]);
  }
  if (last?.tracePath === undefined)
    return failure("trace-missing", "The simulation left no trace: look into the agent's log.");
  const { soc: socName, calibrated } = last.result;
  return success({ soc: socName, calibrated, table: plainTable(columns, rows), tracePath: last.tracePath });
}

const right = "right" as const;
const columns = [
  { title: "ENGINE" },
  { title: "PREFILL", align: right },
  { title: "DECODE", align: right },
  { title: "FIRST TOKEN", align: right },
  { title: "OVERLAP", align: right },
  { title: "JOINS", align: right },
  { title: "ENERGY", align: right },
];

function figures(result: SimulateResult): string[] {
  const { prefillTokensPerSecond, decodeTokensPerSecond, timeToFirstTokenMs, overlapPercent, joins, energy } = result;
  return [
    `≈ ${significant(prefillTokensPerSecond)} tok/s`,
    `≈ ${significant(decodeTokensPerSecond)} tok/s`,
    `≈ ${milliseconds(timeToFirstTokenMs)}`,
    `≈ ${significant(overlapPercent)} %`,
    String(joins),
    energy.known ? `≈ ${significant(energy.prefillJ + energy.decodeJ)} J` : "unknown",
  ];
}
