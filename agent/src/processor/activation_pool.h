// The memory of all activations: the few slots of the graph, allocated once, so that every processor maps
// them once (paper, section 3).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "processor/shared_memory.h"

namespace tandem {

class ActivationPool {
 public:
  // Room for steps of up to max_tokens rows, padded ones included, of which up to max_logit_rows have logits.
  // Error: out-of-memory.
  [[nodiscard]] static Result<ActivationPool> create(const Graph& graph, int64_t max_tokens,
                                                     int64_t max_logit_rows,
                                                     const SharedMemoryAllocator& allocate = allocate_pages);
  // What create() would take.
  [[nodiscard]] static int64_t bytes_needed(const Graph& graph, int64_t max_tokens, int64_t max_logit_rows);

  // The memory of a value: [rows, width] of fp32, in one dense block or two (processor/part.h).
  [[nodiscard]] float* data(const Value& value) const {
    return reinterpret_cast<float*>(slot(value.slot).bytes().data());
  }
  [[nodiscard]] const SharedMemory& slot(int32_t index) const { return *slots_[static_cast<size_t>(index)]; }
  [[nodiscard]] int32_t slots() const { return static_cast<int32_t>(slots_.size()); }
  [[nodiscard]] int64_t max_tokens() const { return max_tokens_; }
  [[nodiscard]] int64_t max_logit_rows() const { return max_logit_rows_; }
  [[nodiscard]] int64_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<SharedMemory>> slots_;
  int64_t max_tokens_ = 0;
  int64_t max_logit_rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace tandem
