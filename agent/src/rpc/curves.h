// What shapes cost over the number of tokens, on each processor and as they would be split.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "rpc/plan_params.h"

namespace tandem::rpc {

struct CurvesParams {
  CostSource costs;
  std::vector<MatmulWork> matmuls;  // Their weights; m is not set.
  SolverSettings settings;
  std::vector<int64_t> tokens;
  bool candidates = false;  // With those that lost.
};

// Errors: invalid-argument, naming the field.
[[nodiscard]] Result<CurvesParams> parse_curves(const Json& params);

// Errors: those of the costs, invalid-argument (settings), cancelled.
[[nodiscard]] Result<Json> profile_curves(const CurvesParams& params, const CancelToken& cancel);

}  // namespace tandem::rpc
