// What a plan is made of, for code that may not know the protocol.
export type {
  Candidate,
  Cause,
  LengthPlan,
  Placement,
  Plan,
  PlanOp,
  SolverSettings,
  Strategy,
} from "../agent/protocol.gen";
