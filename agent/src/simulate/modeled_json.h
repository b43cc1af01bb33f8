// Header and footer of a modeled trace (docs/trace-format.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "runtime/schedule.h"
#include "simulate/simulate.h"

namespace tandem {

[[nodiscard]] std::string modeled_header(const SimulateRequest& request, const Graph& graph,
                                         const Plan& plan);
// `parts`: how many ran on each lane.
[[nodiscard]] std::string modeled_footer(const SimulateRequest& request, ProcessorKind primary,
                                         const std::array<int64_t, kLanes>& parts,
                                         const SimulateResult& result);

}  // namespace tandem
