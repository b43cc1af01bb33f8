// The tensor types that GGUF files hold and Tandem runs, and their block layouts (ggml's, by its ids).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem {

enum class TensorType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

struct TypeTraits {
  TensorType type;
  std::string_view name;  // As ggml writes it, e.g. "Q4_K".
  uint32_t block_size;    // Weights per block.
  uint32_t block_bytes;
};

// Nothing for ids that Tandem does not run.
[[nodiscard]] std::optional<TypeTraits> type_traits(uint32_t ggml_id);
[[nodiscard]] TypeTraits type_traits(TensorType type);
[[nodiscard]] std::optional<TensorType> type_by_name(std::string_view name);

// Bytes of one row of `columns` weights; columns is a multiple of the block size.
[[nodiscard]] size_t row_bytes(TensorType type, uint64_t columns);

}  // namespace tandem
