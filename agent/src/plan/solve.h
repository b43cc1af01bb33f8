// The partition solver: pure functions from a graph's shapes, costs and settings to a plan.
#pragma once

#include "base/result.h"
#include "graph/graph.h"
#include "model/weights.h"
#include "plan/plan.h"
#include "plan/settings.h"
#include "profile/cost_model.h"

namespace tandem {

// Minimises the paper's objective T (section 4) over the whole chain of ops, so that a join is paid only
// where the processor changes. Of the weights only type and shape are looked at. Errors: invalid-argument
// (settings).
[[nodiscard]] Result<Plan> solve(const Graph& graph, const Weights& weights, const CostModel& costs,
                                 const SolverSettings& settings, int64_t max_tokens);

}  // namespace tandem
