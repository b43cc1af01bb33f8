#include "backends/opencl/opencl_cache.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kBlock = 64;  // POSITIONS of kernels/attention.cl.

}  // namespace

Result<std::unique_ptr<OpenClCache>> OpenClCache::create(const Device& device, const HyperParameters& shape,
                                                         int64_t positions) {
  const int64_t capacity = (positions + kBlock - 1) / kBlock * kBlock;
  const int64_t padded_dim = (shape.head_dim + 15) / 16 * 16;
  std::unique_ptr<OpenClCache> cache(new OpenClCache(capacity, padded_dim));
  const auto half = static_cast<int64_t>(sizeof(uint16_t));
  const int64_t key_bytes = shape.kv_heads * capacity * shape.head_dim * half;
  const int64_t value_bytes = shape.kv_heads * capacity * padded_dim * half;
  for (int64_t i = 0; i < shape.layers; ++i) {
    TANDEM_ASSIGN(Buffer keys, device.make_buffer(key_bytes));
    TANDEM_ASSIGN(Buffer values, device.make_buffer(value_bytes));
    cache->layers_.push_back({std::move(keys), std::move(values)});
    cache->bytes_ += key_bytes + value_bytes;
  }
  return cache;
}

}  // namespace tandem::opencl
