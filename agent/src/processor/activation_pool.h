// The memory of all activations: the few slots of the graph, allocated once and page-aligned, so that every
// processor can map them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace tandem {

class ActivationPool {
 public:
  // Room for steps of up to max_tokens rows, of which up to max_logit_rows have logits. Error: out-of-memory.
  [[nodiscard]] static Result<ActivationPool> create(const Graph& graph, int64_t max_tokens,
                                                     int64_t max_logit_rows);
  // What create() would take.
  [[nodiscard]] static int64_t bytes_needed(const Graph& graph, int64_t max_tokens, int64_t max_logit_rows);

  // The memory of a value: [rows, width] of fp32, dense.
  [[nodiscard]] float* data(const Value& value) const {
    return slots_[static_cast<size_t>(value.slot)].get();
  }
  [[nodiscard]] int64_t max_tokens() const { return max_tokens_; }
  [[nodiscard]] int64_t max_logit_rows() const { return max_logit_rows_; }
  [[nodiscard]] int64_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(float* memory) const;
  };

  std::vector<std::unique_ptr<float[], Free>> slots_;
  int64_t max_tokens_ = 0;
  int64_t max_logit_rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tandem
