// Settings and plans as JSON, as `tandem.json` and the protocol have them (rpc/protocol.schema.json).
#pragma once

#include "base/result.h"
#include "graph/graph.h"
#include "json/fields.h"
#include "model/weights.h"
#include "plan/plan.h"
#include "plan/settings.h"

namespace tandem {

[[nodiscard]] Json to_json(const SolverSettings& settings);

// What is absent has its default. Errors: invalid-argument, naming the first field that is wrong, unknown or
// out of range.
[[nodiscard]] Result<SolverSettings> settings_from_json(const Json& json);

[[nodiscard]] Json to_json(const Placement& placement);

// With the graph's ops, and the tensor types of their weights.
[[nodiscard]] Json to_json(const Graph& graph, const Weights& weights, const Plan& plan);

}  // namespace tandem
