// The KV cache of all layers for the CPU's attention, fp16.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "backends/cpu/attention.h"
#include "backends/cpu/memory.h"
#include "model/hyper_parameters.h"
#include "processor/processor.h"

namespace tandem::cpu {

class CpuCache : public KvCache {
 public:
  // Error: out-of-memory.
  [[nodiscard]] static Result<std::unique_ptr<CpuCache>> create(const HyperParameters& shape,
                                                                int64_t positions);
  // What create() takes.
  [[nodiscard]] static int64_t bytes_needed(const HyperParameters& shape, int64_t positions);

  [[nodiscard]] int64_t bytes() const override { return static_cast<int64_t>(memory_.bytes()); }
  [[nodiscard]] const KvLayer& layer(int32_t index) const { return layers_[static_cast<size_t>(index)]; }

 private:
  explicit CpuCache(Memory memory) : memory_(std::move(memory)) {}

  Memory memory_;
  std::vector<KvLayer> layers_;
};

}  // namespace tandem::cpu
