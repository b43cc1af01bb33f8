// AVX-512 BF16: two multiply-adds per lane and instruction. Activations are rounded to bf16, sums are fp32.
#include <immintrin.h>

#include <algorithm>

#include "kernels/float_tile.h"

namespace tandem::npu {
namespace {

constexpr int kWidths[] = {12, 12, 8};

// The pair in every lane.
inline __m512bh broadcast(int32_t pair) {
  __m512i lanes = _mm512_set1_epi32(pair);
#if defined(__clang__) && __clang_major__ < 17
  asm("" : "+v"(lanes));  // Clang 16 crashes when it folds this broadcast into the multiplication.
#endif
  return (__m512bh)lanes;
}

// activations: bf16 [pairs][T][2]. T x 2 sums, enough of them that the latency does not count.
template <int T>
void bf16_tile(const FloatTile& tile) {
  const auto low = static_cast<__mmask16>((uint32_t{1} << std::min(tile.rows, 16)) - 1);
  const auto high = static_cast<__mmask16>((uint32_t{1} << std::max(tile.rows - 16, 0)) - 1);
  __m512 sums[T][2];
  if (tile.first) {
    const __m512 bias[2] = {
        tile.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(low, tile.bias),
        tile.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(high, tile.bias + 16)};
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) sums[t][0] = bias[0], sums[t][1] = bias[1];
  } else {
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) {
      const bool stored = t < tile.tokens;
      const float* from = tile.out + (stored ? t : 0) * tile.stride;
      sums[t][0] = _mm512_maskz_loadu_ps(stored ? low : __mmask16{0}, from);
      sums[t][1] = _mm512_maskz_loadu_ps(stored ? high : __mmask16{0}, from + 16);
    }
  }
  const auto* x = static_cast<const int32_t*>(tile.activations);
  const uint16_t* weights = tile.panel;
  for (int64_t pair = 0; pair < tile.pairs; ++pair, weights += 64, x += T) {
    const auto w0 = (__m512bh)_mm512_load_si512(weights);
    const auto w1 = (__m512bh)_mm512_load_si512(weights + 32);
#pragma GCC unroll 12
    for (int t = 0; t < T; ++t) {
      const __m512bh token = broadcast(x[t]);
      sums[t][0] = _mm512_dpbf16_ps(sums[t][0], w0, token);
      sums[t][1] = _mm512_dpbf16_ps(sums[t][1], w1, token);
    }
  }
#pragma GCC unroll 12
  for (int t = 0; t < T; ++t) {
    if (t >= tile.tokens) break;
    _mm512_mask_storeu_ps(tile.out + t * tile.stride, low, sums[t][0]);
    _mm512_mask_storeu_ps(tile.out + t * tile.stride + 16, high, sums[t][1]);
  }
}

void tile(const FloatTile& args) { args.width == 12 ? bf16_tile<12>(args) : bf16_tile<8>(args); }

void pack(const float* input, int64_t stride, int tokens, int width, int64_t columns, int64_t pairs,
          void* packed) {
  auto* out = static_cast<int32_t*>(packed);
  for (int t = 0; t < width; ++t) {
    for (int64_t pair = 0; pair < pairs; pair += 8) {
      const int64_t left = t < tokens ? std::clamp<int64_t>(columns - 2 * pair, 0, 16) : 0;
      const auto mask = static_cast<__mmask16>((uint32_t{1} << left) - 1);
      const __m512 x = _mm512_maskz_loadu_ps(mask, input + (left > 0 ? t * stride + 2 * pair : 0));
      alignas(32) int32_t words[8];
      _mm256_store_si256(reinterpret_cast<__m256i*>(words), (__m256i)_mm512_cvtneps_pbh(x));
      for (int64_t i = 0; i < 8; ++i) out[(pair + i) * width + t] = words[i];
    }
  }
}

}  // namespace

const FloatKernels kBf16Avx512 = {"AVX-512 BF16", kWidths, 4, pack, tile, float_vector<16>};

}  // namespace tandem::npu
