// Which packed format a tensor type takes.
#pragma once

#include <optional>

#include "backends/cpu/packed_layout.h"
#include "tensor/type.h"

namespace tandem::cpu {

// Nothing for F32, F16 and BF16.
[[nodiscard]] inline std::optional<Format> format_of(TensorType type) {
  switch (type) {
    case TensorType::kQ4_0:
      return kQ4_0;
    case TensorType::kQ4_1:
      return kQ4_1;
    case TensorType::kQ5_0:
      return kQ5_0;
    case TensorType::kQ5_1:
      return kQ5_1;
    case TensorType::kQ8_0:
      return kQ8_0;
    case TensorType::kQ2_K:
      return kQ2_K;
    case TensorType::kQ3_K:
      return kQ3_K;
    case TensorType::kQ4_K:
      return kQ4_K;
    case TensorType::kQ5_K:
      return kQ5_K;
    case TensorType::kQ6_K:
      return kQ6_K;
    case TensorType::kF32:
    case TensorType::kF16:
    case TensorType::kBF16:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tandem::cpu
