// One panel of quantised weights times one tile of tokens in plain C++, for any CPU.
#pragma once

#include <cstdint>
#include <cstring>

#include "backends/cpu/kernels.h"
#include "tensor/half.h"

namespace tandem::cpu {
namespace {

inline float half_at(const uint8_t* from, int row) {
  uint16_t half;
  std::memcpy(&half, from + 2 * row, sizeof half);
  return half_to_float(half);
}

// q[v][4 * row + i]: value i of quad v, its offset taken away.
template <int Bits, int Offset>
inline void unpack(const uint8_t* block, int8_t (&q)[8][64]) {
  for (int v = 0; v < 8; ++v) {
    for (int i = 0; i < 64; ++i) {
      int value = 0;
      if constexpr (Bits == 8) value = block[64 * v + i];
      if constexpr (Bits <= 3) value = (block[64 * (v / 4) + i] >> (v % 4 * 2)) & 3;
      if constexpr (Bits == 3) value |= ((block[128 + i] >> v) & 1) << 2;
      if constexpr (Bits >= 4 && Bits <= 6) value = (block[64 * (v % 4) + i] >> (v / 4 * 4)) & 15;
      if constexpr (Bits == 5) value |= ((block[256 + i] >> v) & 1) << 4;
      if constexpr (Bits == 6) value |= ((block[256 + 64 * (v / 4) + i] >> (v % 4 * 2)) & 3) << 4;
      q[v][i] = static_cast<int8_t>(value - Offset);
    }
  }
}

// Scale and (added) minimum of each row, for each half block.
template <Scales S>
inline void read_scales(const uint8_t* header, const uint8_t* tail, float (&scale)[2][16],
                        float (&min)[2][16]) {
  for (int half = 0; half < 2; ++half) {
    for (int row = 0; row < kPanelRows; ++row) {
      const uint8_t sub = tail[16 * half + row];
      float& s = scale[half][row];
      float& m = min[half][row];
      m = 0;
      if constexpr (S == Scales::kHalf || S == Scales::kHalfMin) s = half_at(tail, row);
      if constexpr (S == Scales::kHalfMin) m = half_at(tail + 32, row);
      if constexpr (S == Scales::kSuper16)
        s = half_at(header, row) * static_cast<float>(static_cast<int8_t>(sub));
      if constexpr (S == Scales::kSuperMin32) {
        s = half_at(header, row) * static_cast<float>(tail[row]);
        m = -half_at(header + 32, row) * static_cast<float>(tail[16 + row]);
      }
      if constexpr (S == Scales::kSuperMin16) {
        s = half_at(header, row) * static_cast<float>(sub & 15);
        m = -half_at(header + 32, row) * static_cast<float>(sub >> 4);
      }
    }
  }
}

template <int Bits, Scales S, int T>
void quant_tile(const QuantTileArgs& args) {
  using L = Layout<Bits, S>;
  float sums[T][kPanelRows] = {};
  const uint8_t* block = args.panel;
  const uint8_t* header = nullptr;
  for (int64_t b = 0; b < args.blocks; ++b) {
    if (L::kHasSuper && b % 8 == 0) {
      header = block;
      block += L::kHeader;
    }
    int8_t q[8][64];
    float scale[2][16], min[2][16];
    unpack<Bits, L::kOffset>(block, q);
    read_scales<S>(header, block + L::kPlanes, scale, min);
    const uint8_t* tile = args.tile + b * T * (kBlock + 8);
    const auto* token_scales = reinterpret_cast<const float*>(tile + T * kBlock);
    for (int t = 0; t < T; ++t) {
      const auto* x = reinterpret_cast<const int8_t*>(tile + t * kBlock);
      for (int half = 0; half < 2; ++half) {
        int32_t dots[kPanelRows] = {};
        for (int v = 4 * half; v < 4 * half + 4; ++v) {
          for (int row = 0; row < kPanelRows; ++row) {
            for (int i = 0; i < 4; ++i) dots[row] += q[v][4 * row + i] * x[4 * v + i];
          }
        }
        for (int row = 0; row < kPanelRows; ++row) {
          sums[t][row] += static_cast<float>(dots[row]) * (scale[half][row] * token_scales[t]);
        }
        if constexpr (L::kHasMin) {
          if (!L::kPerHalf && half == 1) continue;
          const float x_sum = L::kPerHalf ? args.sums[(2 * b + half) * T + t] : args.sums[b * T + t];
          for (int row = 0; row < kPanelRows; ++row) sums[t][row] += min[half][row] * x_sum;
        }
      }
    }
    block += L::kBlockBytes;
  }
  for (int t = 0; t < T && t < args.tokens; ++t) {
    for (int row = 0; row < kPanelRows && row < args.rows; ++row)
      args.out[t * args.out_stride + row] = sums[t][row];
  }
}

}  // namespace
}  // namespace tandem::cpu
