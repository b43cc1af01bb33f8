import type { BenchRow, ProcessorKind, SolverSettings } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Result, failure, success } from "../base/result";
import type { Device } from "../device/device";
import { checkedModel } from "../model/checkedModel";
import { loadModel } from "./loadModel";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";

export interface BenchmarkRequest {
  readonly device: Device;
  /** Local GGUF file. */
  readonly model: string;
  /** Prompt lengths, as llama-bench's -p. */
  readonly prefill: readonly number[];
  /** Numbers of generated tokens, as llama-bench's -n. */
  readonly decode: readonly number[];
  readonly repetitions: number;
  readonly warmUp: boolean;
  readonly threads: number;
  readonly processors?: readonly ProcessorKind[] | undefined;
  readonly solver?: SolverSettings | undefined;
}

export interface BenchmarkOutcome {
  readonly rows: readonly BenchRow[];
  readonly model: LoadedModel;
  readonly prepared: PreparedDevice;
}

/** Measures rates on the path that chat uses, with the same agent, plan and kernels. */
export async function benchmark(
  { sessions }: { readonly sessions: AgentSessions },
  request: BenchmarkRequest,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<BenchmarkOutcome>> {
  const { device, threads, repetitions, warmUp, processors, solver } = request;
  const prefill = request.prefill.filter((length) => length > 0);
  const decode = request.decode.filter((length) => length > 0);
  if (prefill.length + decode.length === 0) {
    return failure("invalid-setting", "There is nothing to measure: give a prompt length or a number of tokens.");
  }
  const checked = await checkedModel(request.model);
  if (!checked.ok) return checked;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const contextLength = Math.max(...prefill, ...decode.map((length) => length + 1));
  const settings = { threads, contextLength, processors, solver };
  const model = await loadModel(prepared.value, request.model, settings, progress, signal);
  if (!model.ok) return model;
  const { modelId } = model.value.load;
  const bench = await prepared.value.session.request(
    "bench",
    { modelId, prefill, decode, repetitions, warmUp },
    signal,
    (step) => progress({ ...step, stage: step.stage === "warm-up" ? "Warming up" : "Measuring" }),
  );
  if (!bench.ok) return bench;
  return success({ rows: bench.value.rows, model: model.value, prepared: prepared.value });
}
