// Rounds a tile of activations to int8 in blocks of 32.
#pragma once

#include <cstdint>

#include "backends/cpu/packed_layout.h"
#include "backends/cpu/quantize_block.h"

namespace tandem::cpu {
namespace {

void quantize(const QuantizeArgs& args) {
  const int width = args.width;
  for (int64_t block = 0; block < args.blocks; ++block) {
    uint8_t* to = args.tile + block * width * (kBlock + 8);
    for (int token = 0; token < width; ++token) {
      QuantizedBlock result{};
      if (token < args.tokens) quantize_block(args.input + token * args.stride + block * kBlock, result);
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
