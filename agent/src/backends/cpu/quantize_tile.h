// Rounds activations to int8 in blocks of 32, in plain C++ that compilers vectorise for the file's
// instruction set. A NaN in a block makes its scale NaN, so it reaches the result.
#pragma once

#include <cstdint>

#include "backends/cpu/packed_layout.h"

namespace tandem::cpu {
namespace {

struct QuantizedBlock {
  int8_t q[kBlock];
  float scale;
  int32_t sums[2];
};

inline void quantize_block(const float* x, QuantizedBlock& out) {
  // Absolute values compare like their bits, and integers may be reordered where floats may not.
  int32_t largest = 0;
  for (int i = 0; i < kBlock; ++i) {
    const int32_t bits = __builtin_bit_cast(int32_t, x[i]) & 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  const float peak = __builtin_bit_cast(float, largest);
  const bool nothing = peak < 1e-30f;
  out.scale = nothing ? 0.0f : peak / 127.0f;
  const float inverse = nothing ? 0.0f : 127.0f / peak;
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits.
  int32_t q[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    q[i] = __builtin_bit_cast(int32_t, x[i] * inverse + 12582912.0f) - 0x4b400000;
  }
  int32_t low = 0, high = 0;
  for (int i = 0; i < kBlock / 2; ++i) {
    low += static_cast<int8_t>(q[i]);
    high += static_cast<int8_t>(q[i + kBlock / 2]);
  }
  for (int i = 0; i < kBlock; ++i) out.q[i] = static_cast<int8_t>(q[i]);
  out.sums[0] = low;
  out.sums[1] = high;
}

void quantize(const QuantizeArgs& args) {
  const int width = args.width;
  for (int token = 0; token < width; ++token) {
    const float* x = args.input + token * args.stride;
    for (int64_t block = 0; block < args.blocks; ++block) {
      QuantizedBlock result{};
      if (token < args.tokens) quantize_block(x + block * kBlock, result);
      uint8_t* to = args.tile + block * width * (kBlock + 8);
      __builtin_memcpy(to + token * kBlock, result.q, kBlock);
      auto* scales = reinterpret_cast<float*>(to + width * kBlock);
      scales[token] = result.scale;
      reinterpret_cast<int32_t*>(scales + width)[token] = -128 * (result.sums[0] + result.sums[1]);
      for (int half = 0; half < 2; ++half) {
        const int64_t at = (block * 2 + half) * width + token;
        if (args.half_bias != nullptr) args.half_bias[at] = -128 * result.sums[half];
        if (args.half_sums != nullptr)
          args.half_sums[at] = result.scale * static_cast<float>(result.sums[half]);
      }
      if (args.sums != nullptr) {
        args.sums[block * width + token] = result.scale * static_cast<float>(result.sums[0] + result.sums[1]);
      }
    }
  }
}

}  // namespace
}  // namespace tandem::cpu
