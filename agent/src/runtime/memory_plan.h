// What a model will take, before anything of it is loaded.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "graph/graph.h"
#include "plan/plan.h"

namespace tandem {

// Bytes by purpose; nothing is counted twice.
struct MemoryUse {
  int64_t weights_mapped = 0;
  int64_t weights_repacked = 0;
  int64_t kv_cache = 0;
  int64_t activations = 0;
  int64_t tokenizer = 0;
  int64_t npu_graphs = 0;  // With their weights.
  [[nodiscard]] int64_t total() const {
    return weights_mapped + weights_repacked + kv_cache + activations + tokenizer + npu_graphs;
  }
};

// An upper estimate for a model whose weights are all repacked for the primary.
[[nodiscard]] MemoryUse plan_memory(const Graph& graph, const Weights& weights, const Plan& plan,
                                    int64_t context, int64_t max_logit_rows);

// What compiling takes for a moment beside what stays: the weights of one graph in the form that the NPU's
// library takes (at most 2 bytes each), and its own copy of them.
[[nodiscard]] int64_t compiling_bytes(const Graph& graph, const Plan& plan);

// Keys and values of `positions` tokens in fp16, heads and positions in whole blocks of 16.
[[nodiscard]] int64_t kv_cache_bytes(const HyperParameters& shape, int64_t positions);

// Error model-does-not-fit, with the numbers, where `plan` is more than `available` bytes. 0 available: not
// known, fits.
[[nodiscard]] Result<void> check_fit(const MemoryUse& plan, int64_t context, int64_t available);

// "1.2 GB", "640 MB", "12 KB": decimal units, as storage is sold.
[[nodiscard]] std::string bytes_text(int64_t bytes);

}  // namespace tandem
