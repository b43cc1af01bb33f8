// Between fp32 and every tensor type: the plain truth that all kernels are compared with. Not fast.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace tandem {

// blocks: row_bytes(type, columns) bytes -> out: [columns]. columns is a multiple of the type's block size.
void dequantize_row(TensorType type, const std::byte* blocks, int64_t columns, float* out);

// values: [columns], finite -> blocks: row_bytes(type, columns) bytes.
void quantize_row(TensorType type, const float* values, int64_t columns, std::byte* blocks);

}  // namespace tandem
