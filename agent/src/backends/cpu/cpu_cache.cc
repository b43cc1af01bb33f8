#include "backends/cpu/cpu_cache.h"

namespace tandem::cpu {

namespace {

// A layer without memory, for its sizes.
KvLayer empty_layer(const HyperParameters& shape, int64_t positions) {
  return {.capacity = kv_capacity(positions), .kv_heads = shape.kv_heads, .head_dim = shape.head_dim};
}

}  // namespace

int64_t CpuCache::bytes_needed(const HyperParameters& shape, int64_t positions) {
  return 2 * shape.layers * empty_layer(shape, positions).elements() * static_cast<int64_t>(sizeof(uint16_t));
}

// Every part starts aligned: capacities and padded heads are multiples of 16 elements.
Result<std::unique_ptr<CpuCache>> CpuCache::create(const HyperParameters& shape, int64_t positions) {
  TANDEM_ASSIGN(Memory memory, Memory::allocate(static_cast<size_t>(bytes_needed(shape, positions))));
  // A prompt writes into every page of the cache, since values of one token lie far apart: the system maps
  // them now, not in the middle of the first prefill.
  memory.touch();
  std::unique_ptr<CpuCache> cache(new CpuCache(std::move(memory)));
  KvLayer layer = empty_layer(shape, positions);
  layer.keys = reinterpret_cast<uint16_t*>(cache->memory_.data());
  for (int64_t i = 0; i < shape.layers; ++i) {
    layer.values = layer.keys + layer.elements();
    cache->layers_.push_back(layer);
    layer.keys = layer.values + layer.elements();
  }
  return cache;
}

}  // namespace tandem::cpu
