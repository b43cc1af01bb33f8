#include "backends/cpu/cpu_cache.h"

namespace tandem::cpu {

// Every part starts aligned: a layer's keys are capacity * kv_width elements, and the capacity is a multiple
// of 16 while a head is of at least 4 elements.
Result<std::unique_ptr<CpuCache>> CpuCache::create(const HyperParameters& shape, int64_t positions) {
  const int64_t capacity = kv_capacity(positions);
  const int64_t elements = capacity * shape.kv_width();
  TANDEM_ASSIGN(Memory memory,
                Memory::allocate(static_cast<size_t>(2 * shape.layers * elements) * sizeof(uint16_t)));
  std::unique_ptr<CpuCache> cache(new CpuCache(std::move(memory)));
  auto* at = reinterpret_cast<uint16_t*>(cache->memory_.data());
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    cache->layers_.push_back({.keys = at,
                              .values = at + elements,
                              .capacity = capacity,
                              .kv_heads = shape.kv_heads,
                              .head_dim = shape.head_dim});
    at += 2 * elements;
  }
  return cache;
}

}  // namespace tandem::cpu
