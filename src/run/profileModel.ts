import type { ProcessorKind, ProfileRunResult } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import { type Result, success } from "../base/result";
import type { Device } from "../device/device";
import { checkedModel } from "../model/checkedModel";
import { loadModel } from "./loadModel";
import type { AgentSessions, LoadedModel, PreparedDevice } from "./sessions";

export interface ProfileRequest {
  readonly device: Device;
  /** Local GGUF file. */
  readonly model: string;
  readonly threads: number;
  readonly processors: readonly ProcessorKind[] | undefined;
  /** 0: everything, however long it takes. */
  readonly budgetMs: number;
}

export interface ProfileOutcome {
  readonly profile: ProfileRunResult;
  readonly model: LoadedModel;
  readonly prepared: PreparedDevice;
}

/** Measures the model's shapes on every processor of the device; an unfinished profile there is continued. */
export async function profileModel(
  { sessions }: { readonly sessions: AgentSessions },
  request: ProfileRequest,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<ProfileOutcome>> {
  const { device, threads, processors, budgetMs } = request;
  const checked = await checkedModel(request.model);
  if (!checked.ok) return checked;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const settings = { threads, contextLength: 0, processors };
  const model = await loadModel(prepared.value, request.model, settings, progress, signal);
  if (!model.ok) return model;
  const { modelId } = model.value.load;
  const params = { modelId, budgetMs };
  const profile = await prepared.value.session.request("profile/run", params, signal, (step) =>
    progress({ ...step, stage: "Measuring shapes" }),
  );
  if (!profile.ok) return profile;
  return success({ profile: profile.value, model: model.value, prepared: prepared.value });
}
