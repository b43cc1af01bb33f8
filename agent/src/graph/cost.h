// What one op moves and computes in one step. Used by traces and, later, by the solver.
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.h"

namespace tandem {

struct OpCost {
  int64_t bytes = 0;  // Read and written: weights once, activations fp32, KV cache fp16.
  int64_t flops = 0;  // A multiply-add is two.
};

[[nodiscard]] OpCost op_cost(const Graph& graph, const Weights& weights, const Op& op, const StepShape& step);

// `[M, K] × [N, K]` for a matmul, else `[M, N]`, with M filled in.
[[nodiscard]] std::string op_shape_text(const Op& op, const StepShape& step);

}  // namespace tandem
