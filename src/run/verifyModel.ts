import type { VerifyResult } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Result, success } from "../base/result";
import { inSentence } from "../base/words";
import type { Device } from "../device/device";
import { checkedModel } from "../model/checkedModel";
import { loadModel } from "./loadModel";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";

export interface VerifyRequest {
  readonly device: Device;
  /** Local GGUF file. */
  readonly model: string;
  readonly threads: number;
  /** What is compared with the CPU; absent: every GPU and NPU that is ready. */
  readonly processors: readonly ("gpu" | "npu")[] | undefined;
}

export interface VerifyOutcome {
  readonly result: VerifyResult;
  readonly model: LoadedModel;
  readonly prepared: PreparedDevice;
}

/** Few: what is compared brings its own keys and values. */
const contextLength = 64;

/**
 * Compares each kind of op of a model, and each shape and weight type of its matmuls, on the device's GPU and NPU with
 * its CPU. The model is loaded for the CPU alone, so that the others' memory is free for what is compared.
 */
export async function verifyModel(
  { sessions }: { readonly sessions: AgentSessions },
  request: VerifyRequest,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<VerifyOutcome>> {
  const { device, threads, processors } = request;
  const checked = await checkedModel(request.model);
  if (!checked.ok) return checked;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const settings = { threads, contextLength, processors: ["cpu"] as const };
  const model = await loadModel(prepared.value, request.model, settings, progress, signal);
  if (!model.ok) return model;
  const { modelId } = model.value.load;
  const result = await prepared.value.session.request(
    "verify",
    { modelId, ...(processors === undefined ? {} : { processors: [...processors] }) },
    signal,
    (step) =>
      progress({ ...step, stage: `Comparing the processors of ${inSentence(device.name)}`, unit: "comparisons" }),
  );
  if (!result.ok) return result;
  return success({ result: result.value, model: model.value, prepared: prepared.value });
}
