import type { CostSource, PlanSolveParams, SolverSettings } from "../agent/protocol.gen";
import type { AgentSession } from "../agent/session";
import type { ProgressListener } from "../base/progress";
import { type Result, success } from "../base/result";
import type { Device } from "../device/device";
import { type SolvedPlan, solvedAt } from "../plan/prediction";
import { modelSource } from "./modelSource";
import type { AgentSessions } from "./sessions";
import type { Solve } from "./sweep";
import type { Trials } from "./trials";

/** Time for a profile that is not there yet; what is missing then is predicted from other shapes. */
const profileBudgetMs = 4000;

/** Solves on the device from the profile measured there, with the model as it is loaded. */
export async function solveFromProfile(
  trials: Trials,
  maxTokens: number,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<Solve>> {
  const { session } = trials.prepared;
  const { modelId } = trials.model.load;
  const measured = await session.request("profile/run", { modelId, budgetMs: profileBudgetMs }, signal, (step) =>
    progress({ ...step, stage: "Measuring shapes" }),
  );
  if (!measured.ok) return measured;
  const costs = { profile: measured.value.path };
  const model = { path: trials.model.devicePath };
  return success((settings: SolverSettings, stop: AbortSignal) =>
    solveOn(session, { model, costs, settings, maxTokens }, stop),
  );
}

/** Solves from a description or a profile file; the device only computes. */
export async function solveFromCosts(
  { sessions }: { readonly sessions: AgentSessions },
  where: { readonly device: Device; readonly model: string; readonly costs: CostSource; readonly maxTokens: number },
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Result<Solve>> {
  const { device, costs, maxTokens } = where;
  const model = await modelSource(where.model);
  if (!model.ok) return model;
  const prepared = await sessions.prepare(device, progress, signal);
  if (!prepared.ok) return prepared;
  const { session } = prepared.value;
  return success((settings: SolverSettings, stop: AbortSignal) =>
    solveOn(session, { model: model.value, costs, settings, maxTokens }, stop),
  );
}

async function solveOn(
  session: AgentSession,
  params: PlanSolveParams & { readonly maxTokens: number },
  signal: AbortSignal,
): Promise<Result<SolvedPlan>> {
  const solved = await session.request("plan/solve", params, signal);
  return solved.ok ? success(solvedAt(solved.value, [params.maxTokens])) : solved;
}
