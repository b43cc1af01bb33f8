// One placement of one op as the parts that each lane runs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "plan/plan.h"
#include "processor/part.h"
#include "runtime/schedule.h"

namespace tandem {

// The parts of `op` over `rows` rows, by lane, in order. `length` is the number of tokens that the
// candidate's times were predicted for. Layouts of inputs are left out.
[[nodiscard]] std::array<std::vector<Part>, kLanes> place_parts(const Op& op, OpId id,
                                                                const Candidate& candidate, int64_t rows,
                                                                int64_t length);

// True where the plan splits or moves the op in this step: a matmul, and one row where it has logit rows.
[[nodiscard]] bool may_be_shared(const Op& op, const StepShape& step);

}  // namespace tandem
