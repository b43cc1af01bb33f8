import { randomUUID } from "node:crypto";
import path from "node:path";
import type { CostSource, Engine, SimulateResult, SolverSettings } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Result, success } from "../base/result";
import type { Device } from "../device/device";
import { shapes, socs } from "../plan/catalog";
import { modelSource } from "./modelSource";
import type { RunStore, RunWriter } from "./runStore";
import type { AgentSessions } from "./sessions";
import { TraceCollector } from "./traceCollector";

export interface SimulateRequest {
  /** Where the simulation computes; what it models is `costs`. */
  readonly device: Device;
  /** GGUF file or shape, see `modelSource`. */
  readonly model: string;
  readonly costs: CostSource;
  readonly settings: SolverSettings;
  readonly engine: Engine;
  readonly promptTokens: number;
  readonly maxTokens: number;
}

export interface SimulateOutcome {
  readonly result: SimulateResult;
  readonly tracePath: string | undefined;
  readonly notes: readonly string[];
}

const lastChunkMs = 3000;

/** Runs a model on modeled processors and keeps the trace among the runs, marked as modeled. */
export async function simulateRun(
  { sessions, store }: { readonly sessions: AgentSessions; readonly store: RunStore | undefined },
  request: SimulateRequest,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<SimulateOutcome>> {
  const { device, costs, settings, engine, promptTokens, maxTokens } = request;
  const model = await modelSource(request.model);
  if (!model.ok) return model;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const { session, notes } = prepared.value;
  const soc = costs.soc ?? costs.socFile ?? costs.profile ?? "";
  const socName = socs.find(({ id }) => id === soc)?.name ?? soc;
  const shape = shapes.find(({ id }) => id === model.value.shape);
  let writer: RunWriter | undefined;
  const kept: string[] = [...notes];
  if (store !== undefined) {
    const begun = await store.begin({
      startedAt: new Date().toISOString(),
      origin: "modeled",
      device: { id: `soc:${soc}`, name: socName, kind: device.kind },
      model: {
        name: shape?.name ?? path.basename(request.model, ".gguf"),
        type: model.value.type ?? "",
        path: model.value.path ?? "",
      },
      prompt: `${promptTokens} tokens, simulated`,
    });
    if (begun.ok) writer = begun.value;
    else kept.push(begun.failure.message);
  }
  const runId = writer?.id ?? randomUUID();
  const collector = new TraceCollector(session, runId, (bytes) => writer?.append(bytes));
  try {
    const answer = await session.request(
      "simulate",
      {
        model: model.value,
        costs,
        settings,
        engine,
        promptTokens,
        maxTokens,
        ...(writer === undefined ? {} : { runId, trace: {} }),
      },
      signal,
      progress,
    );
    if (!answer.ok) {
      await writer?.discard();
      return answer;
    }
    if (answer.value.trace !== null) await collector.settle(lastChunkMs);
    const { prefillTokensPerSecond, decodeTokensPerSecond, calibrated } = answer.value;
    const modeled = { prefillTokensPerSecond, decodeTokensPerSecond, calibrated };
    await writer?.finish({ finish: "max-tokens", tokens: maxTokens, modeled });
    kept.push(...answer.value.notes);
    return success({ result: answer.value, tracePath: writer?.tracePath, notes: kept });
  } finally {
    collector.dispose();
  }
}
