// One matmul as the NPU runs it: the activation packed once and kept, the weight streamed past it, all in
// steps of 32. A single token takes the vector unit, which is bound by reading the weight.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/packed.h"

namespace tandem::npu {

// Memory for packed activations, kept from call to call.
class Scratch {
 public:
  // Aligned to 64 bytes; what it held is gone.
  [[nodiscard]] std::byte* get(size_t bytes);

 private:
  Pages memory_;
  size_t bytes_ = 0;
};

// input [tokens, columns] x weight [rows, columns]^T + bias [rows] (or null) -> out [tokens, rows]; all
// dense. False where there is no memory for the packed activation.
[[nodiscard]] bool matmul(const PackedWeight& weight, const float* input, int64_t tokens, const float* bias,
                          float* out, Scratch& scratch);

}  // namespace tandem::npu
