// What a plan is made of, for code that may not know the protocol.
export type {
  Candidate,
  Cause,
  CostSource,
  CurveMatmul,
  LengthPlan,
  Placement,
  Plan,
  PlanOp,
  ProfileCurve,
  ProfileCurvesParams,
  ProfileCurvesResult,
  SolverSettings,
  Strategy,
} from "../agent/protocol.gen";
