// fp32 arithmetic on bf16 weights, written once for vectors of `Lanes` floats. Included by one source for
// each instruction set, which the compiler's flags choose; everything has internal linkage so that sets
// cannot mix.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/kernels.h"

namespace tandem::npu {
namespace {

template <int Lanes>
struct Simd {
  typedef float Float __attribute__((vector_size(4 * Lanes), aligned(4), may_alias));
  typedef uint32_t Word __attribute__((vector_size(4 * Lanes), aligned(4), may_alias));
};

// activations: fp32 [pairs][2][T]
template <int Lanes, int T>
void float_tile(const FloatTile& tile) {
  using Float = typename Simd<Lanes>::Float;
  using Word = typename Simd<Lanes>::Word;
  constexpr int kVectors = 16 / Lanes > 2 ? 2 : 16 / Lanes;  // Rows at once: a register's worth or two.
  constexpr int kRows = kVectors * Lanes;
  const auto* x = static_cast<const float*>(tile.activations);
  for (int row = 0; row < tile.rows; row += kRows) {
    Float sums[T][kVectors];
    for (int t = 0; t < T; ++t) {
      for (int v = 0; v < kVectors; ++v) {
        float start[Lanes] = {};
        for (int lane = 0; lane < Lanes; ++lane) {
          const int r = row + v * Lanes + lane;
          if (r >= tile.rows) break;
          if (!tile.first)
            start[lane] = t < tile.tokens ? tile.out[t * tile.stride + r] : 0;
          else if (tile.bias != nullptr)
            start[lane] = tile.bias[r];
        }
        std::memcpy(&sums[t][v], start, sizeof(start));
      }
    }
    for (int64_t pair = 0; pair < tile.pairs; ++pair) {
      const uint16_t* weights = tile.panel + (pair * 32 + row) * 2;
      const float* inputs = x + pair * 2 * T;
      for (int v = 0; v < kVectors; ++v) {
        Word word;
        std::memcpy(&word, weights + v * Lanes * 2, sizeof(word));
        const Float even = (Float)(word << 16), odd = (Float)(word & 0xffff0000U);
        for (int t = 0; t < T; ++t) sums[t][v] += even * inputs[t] + odd * inputs[T + t];
      }
    }
    for (int t = 0; t < tile.tokens; ++t) {
      for (int v = 0; v < kVectors; ++v) {
        const int left = tile.rows - row - v * Lanes;
        float values[Lanes];
        std::memcpy(values, &sums[t][v], sizeof(values));
        for (int lane = 0; lane < (left < Lanes ? left : Lanes); ++lane)
          tile.out[t * tile.stride + row + v * Lanes + lane] = values[lane];
      }
    }
  }
}

template <int Lanes>
void float_vector(const uint16_t* panel, const float* x, int64_t pairs, int rows, const float* bias,
                  float* out) {
  using Float = typename Simd<Lanes>::Float;
  using Word = typename Simd<Lanes>::Word;
  constexpr int kVectors = 32 / Lanes;
  Float even[kVectors] = {}, odd[kVectors] = {};
  for (int64_t pair = 0; pair < pairs; ++pair) {
    const uint16_t* weights = panel + pair * 64;
    __builtin_prefetch(weights + 4096);
    __builtin_prefetch(weights + 4096 + 32);
    for (int v = 0; v < kVectors; ++v) {
      Word word;
      std::memcpy(&word, weights + v * Lanes * 2, sizeof(word));
      even[v] += (Float)(word << 16) * x[2 * pair];
      odd[v] += (Float)(word & 0xffff0000U) * x[2 * pair + 1];
    }
  }
  float values[32];
  for (int v = 0; v < kVectors; ++v) {
    const Float sum = even[v] + odd[v];
    std::memcpy(values + v * Lanes, &sum, sizeof(sum));
  }
  for (int r = 0; r < rows; ++r) out[r] = values[r] + (bias == nullptr ? 0 : bias[r]);
}

[[maybe_unused]] void float_pack(const float* input, int64_t stride, int tokens, int width, int64_t columns,
                                 int64_t pairs, void* packed) {
  auto* out = static_cast<float*>(packed);
  for (int64_t column = 0; column < 2 * pairs; ++column) {
    for (int t = 0; t < width; ++t)
      out[column * width + t] = column < columns && t < tokens ? input[t * stride + column] : 0;
  }
}

}  // namespace
}  // namespace tandem::npu
