#include "processor/activation_pool.h"

#include <cstdlib>
#include <string>

#include "base/system.h"

namespace tandem {
namespace {

int64_t slot_bytes(const Graph& graph, size_t slot, int64_t max_tokens, int64_t max_logit_rows) {
  const auto page = static_cast<int64_t>(page_size());
  const int64_t rows = slot + 1 == graph.slot_widths.size() ? max_logit_rows : max_tokens;
  return (rows * graph.slot_widths[slot] * static_cast<int64_t>(sizeof(float)) + page - 1) / page * page;
}

}  // namespace

void ActivationPool::Free::operator()(float* memory) const { std::free(memory); }

int64_t ActivationPool::bytes_needed(const Graph& graph, int64_t max_tokens, int64_t max_logit_rows) {
  int64_t bytes = 0;
  for (size_t slot = 0; slot < graph.slot_widths.size(); ++slot) {
    bytes += slot_bytes(graph, slot, max_tokens, max_logit_rows);
  }
  return bytes;
}

Result<ActivationPool> ActivationPool::create(const Graph& graph, int64_t max_tokens,
                                              int64_t max_logit_rows) {
  ActivationPool pool;
  pool.max_tokens_ = max_tokens;
  pool.max_logit_rows_ = max_logit_rows;
  for (size_t slot = 0; slot < graph.slot_widths.size(); ++slot) {
    const int64_t bytes = slot_bytes(graph, slot, max_tokens, max_logit_rows);
    void* memory = std::aligned_alloc(page_size(), static_cast<size_t>(bytes));
    if (memory == nullptr) {
      return Error{ErrorCode::kOutOfMemory,
                   "There is no memory for " + std::to_string(bytes >> 20) +
                       " MiB of activations: close other programs or choose a smaller model.",
                   {{"bytes", std::to_string(bytes)}}};
    }
    pool.slots_.emplace_back(static_cast<float*>(memory));
    pool.bytes_ += bytes;
  }
  return pool;
}

}  // namespace tandem
