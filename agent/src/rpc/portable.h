// What a plan was made from, so that it can be solved again elsewhere: without the model's file and without
// the profile's.
#pragma once

#include "base/result.h"
#include "rpc/costs.h"

namespace tandem::rpc {

// A CostSource of protocol.schema.json: a description's id, or the whole of a description or profile.
[[nodiscard]] Json portable_costs(const CostModel& costs);

// A ModelSource: a published shape, or the outline of a file. Errors: those of the file.
[[nodiscard]] Result<Json> portable_model(const ModelSource& model);

// The part of a trace's header that tells it (docs/trace-format.md): {costs, source}. Errors: those of the
// file.
[[nodiscard]] Result<Json> plan_origin(const ModelSource& model, const CostModel& costs);

}  // namespace tandem::rpc
