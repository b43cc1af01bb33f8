import type { CostSource, PlanSolveResult, SolverSettings } from "../agent/protocol.gen";
import type { ProgressListener } from "../base/progress";
import type { Result } from "../base/result";
import type { Device } from "../device/device";
import { modelSource } from "./modelSource";
import type { AgentSessions } from "./sessions";

export interface SolveRequest {
  readonly device: Device;
  /** GGUF file or shape, see `modelSource`. */
  readonly model: string;
  readonly costs: CostSource;
  readonly settings: SolverSettings;
  readonly maxTokens: number;
}

/** A plan from shapes and costs alone: nothing is loaded and no processor runs. */
export async function solvePlan(
  { sessions }: { readonly sessions: AgentSessions },
  request: SolveRequest,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<PlanSolveResult>> {
  const model = await modelSource(request.model);
  if (!model.ok) return model;
  const prepared = await sessions.prepare(request.device, progress, signal);
  if (!prepared.ok) return prepared;
  const { costs, settings, maxTokens } = request;
  const params = { model: model.value, costs, settings, maxTokens };
  return prepared.value.session.request("plan/solve", params, signal, progress);
}
