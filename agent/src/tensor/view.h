// A weight as it lies in memory: row-major, rows of packed blocks. It owns nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tensor/type.h"

namespace tandem {

struct TensorView {
  TensorType type = TensorType::kF32;
  int64_t rows = 0;                  // N, output features (GGUF dimension 1; 1 for vectors).
  int64_t columns = 0;               // K, input features (GGUF dimension 0).
  std::span<const std::byte> bytes;  // rows * row_bytes(type, columns)
};

// Rows [first, first + rows) of it.
[[nodiscard]] inline TensorView rows_of(const TensorView& view, int64_t first, int64_t rows) {
  const size_t row = row_bytes(view.type, static_cast<uint64_t>(view.columns));
  return {view.type, rows, view.columns,
          view.bytes.subspan(static_cast<size_t>(first) * row, static_cast<size_t>(rows) * row)};
}

}  // namespace tandem
