// Requests that need no loaded model: solving a plan, simulating a run.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "base/system.h"
#include "json/fields.h"
#include "rpc/plan_params.h"
#include "rpc/solve_sources.h"

namespace tandem::rpc {

// PlanSolveResult of protocol.schema.json. Errors: those of the model, the costs and the settings.
[[nodiscard]] Result<Json> solve_plan(const PlanSolveParams& params, SolveSources& sources);

struct SimulationHooks {
  std::function<void(std::string_view stage, int64_t done, int64_t total)> progress;
  std::function<void(std::string bytes, bool last)> trace;  // Null: no trace is made.
  CancelToken cancel;
};
// SimulateResult of protocol.schema.json. Errors: as solve_plan(); cancelled.
[[nodiscard]] Result<Json> run_simulation(const SimulateParams& params, const System& system,
                                          const SimulationHooks& hooks);

}  // namespace tandem::rpc
