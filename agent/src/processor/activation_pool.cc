#include "processor/activation_pool.h"

#include <utility>

#include "base/system.h"

namespace tandem {
namespace {

int64_t slot_bytes(const Graph& graph, size_t slot, int64_t max_tokens, int64_t max_logit_rows) {
  const auto page = static_cast<int64_t>(page_size());
  const int64_t rows = slot + 1 == graph.slot_widths.size() ? max_logit_rows : max_tokens;
  return (rows * graph.slot_widths[slot] * static_cast<int64_t>(sizeof(float)) + page - 1) / page * page;
}

}  // namespace

int64_t ActivationPool::bytes_needed(const Graph& graph, int64_t max_tokens, int64_t max_logit_rows) {
  int64_t bytes = 0;
  for (size_t slot = 0; slot < graph.slot_widths.size(); ++slot) {
    bytes += slot_bytes(graph, slot, max_tokens, max_logit_rows);
  }
  return bytes;
}

Result<ActivationPool> ActivationPool::create(const Graph& graph, int64_t max_tokens, int64_t max_logit_rows,
                                              const SharedMemoryAllocator& allocate) {
  ActivationPool pool;
  pool.max_tokens_ = max_tokens;
  pool.max_logit_rows_ = max_logit_rows;
  for (size_t slot = 0; slot < graph.slot_widths.size(); ++slot) {
    TANDEM_ASSIGN(std::unique_ptr<SharedMemory> memory,
                  allocate(slot_bytes(graph, slot, max_tokens, max_logit_rows)));
    pool.bytes_ += static_cast<int64_t>(memory->bytes().size());
    pool.slots_.push_back(std::move(memory));
  }
  return pool;
}

}  // namespace tandem
