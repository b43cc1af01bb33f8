import type { CostSource, ModelSource, ProcessorKind, SolverSettings } from "../agent/protocol.gen";
import { planInHeader } from "./traced";

/** What a plan was made from, so that it can be solved again with other settings and without the model's file. */
export interface PlanSource {
  readonly model: ModelSource;
  readonly costs: CostSource;
  /** Tokens of the longest step. */
  readonly maxTokens: number;
  /** Those that the run had. */
  readonly settings: SolverSettings;
  /** Those that ran it, the primary first. */
  readonly processors: readonly ProcessorKind[];
}

/**
 * Of a trace's header, `header.json`; undefined where it names no source, as of a run that had no plan. The agent checks
 * what is in it, since the file may come from anybody.
 */
export function planSource(header: Readonly<Record<string, unknown>>): PlanSource | undefined {
  const plan = planInHeader(header.plan);
  const last = plan?.lengths.at(-1)?.last;
  const { source } = header;
  if (plan === undefined || last === undefined || !isRecord(source)) return undefined;
  if (!isRecord(source.model) || !isRecord(source.costs)) return undefined;
  return {
    model: source.model,
    costs: source.costs,
    maxTokens: last,
    settings: plan.settings,
    processors: [plan.primary, "npu"],
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
