// One codec for each tensor type: blocks to fp32 and back. Used through convert.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace tandem {

// Both work on `count` weights, a multiple of the type's block size.
struct Codec {
  TensorType type;
  void (*dequantize)(const std::byte* blocks, int64_t count, float* out);
  void (*quantize)(const float* values, int64_t count, std::byte* blocks);
};

extern const std::array<Codec, 3> kFloatCodecs;    // F32, F16, BF16
extern const std::array<Codec, 5> kBlockCodecs;    // Q4_0, Q4_1, Q5_0, Q5_1, Q8_0
extern const std::array<Codec, 3> kMinimumCodecs;  // Q2_K, Q4_K, Q5_K: scale * code - minimum
extern const std::array<Codec, 2> kSignedCodecs;   // Q3_K, Q6_K: scale * signed code

}  // namespace tandem
