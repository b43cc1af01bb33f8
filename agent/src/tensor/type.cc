#include "tensor/type.h"

#include <array>

namespace tandem {
namespace {

constexpr std::array kTypes{
    TypeTraits{TensorType::kF32, "F32", 1, 4},       TypeTraits{TensorType::kF16, "F16", 1, 2},
    TypeTraits{TensorType::kBF16, "BF16", 1, 2},     TypeTraits{TensorType::kQ4_0, "Q4_0", 32, 18},
    TypeTraits{TensorType::kQ4_1, "Q4_1", 32, 20},   TypeTraits{TensorType::kQ5_0, "Q5_0", 32, 22},
    TypeTraits{TensorType::kQ5_1, "Q5_1", 32, 24},   TypeTraits{TensorType::kQ8_0, "Q8_0", 32, 34},
    TypeTraits{TensorType::kQ2_K, "Q2_K", 256, 84},  TypeTraits{TensorType::kQ3_K, "Q3_K", 256, 110},
    TypeTraits{TensorType::kQ4_K, "Q4_K", 256, 144}, TypeTraits{TensorType::kQ5_K, "Q5_K", 256, 176},
    TypeTraits{TensorType::kQ6_K, "Q6_K", 256, 210},
};

}  // namespace

std::optional<TypeTraits> type_traits(uint32_t ggml_id) {
  for (const auto& traits : kTypes) {
    if (static_cast<uint32_t>(traits.type) == ggml_id) return traits;
  }
  return std::nullopt;
}

TypeTraits type_traits(TensorType type) { return *type_traits(static_cast<uint32_t>(type)); }

std::optional<TensorType> type_by_name(std::string_view name) {
  for (const auto& traits : kTypes) {
    if (traits.name == name) return traits.type;
  }
  return std::nullopt;
}

size_t row_bytes(TensorType type, uint64_t columns) {
  const TypeTraits traits = type_traits(type);
  return columns / traits.block_size * traits.block_bytes;
}

}  // namespace tandem
