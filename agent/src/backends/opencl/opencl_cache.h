// The KV cache in the GPU's memory, fp16. One layer's keys: [kv heads][capacity / 16][head_dim][16
// positions], so that scores of neighbouring positions come from one vector; values: [kv
// heads][capacity][padded head_dim].
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "backends/opencl/device.h"
#include "model/hyper_parameters.h"

namespace tandem::opencl {

class OpenClCache : public KvCache {
 public:
  struct Layer {
    Buffer keys;
    Buffer values;
  };

  // Error: out-of-memory.
  [[nodiscard]] static Result<std::unique_ptr<OpenClCache>> create(const Device& device,
                                                                   const HyperParameters& shape,
                                                                   int64_t positions);

  [[nodiscard]] int64_t bytes() const override { return bytes_; }
  [[nodiscard]] const Layer& layer(int32_t index) const { return layers_[static_cast<size_t>(index)]; }
  // Positions, a multiple of the attention's block.
  [[nodiscard]] int64_t capacity() const { return capacity_; }
  [[nodiscard]] int64_t padded_dim() const { return padded_dim_; }

 private:
  OpenClCache(int64_t capacity, int64_t padded_dim) : capacity_(capacity), padded_dim_(padded_dim) {}

  int64_t capacity_;
  int64_t padded_dim_;
  int64_t bytes_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace tandem::opencl
