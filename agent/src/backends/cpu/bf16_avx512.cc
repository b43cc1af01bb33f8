// F16 and BF16 weights times bf16 activations with AVX-512 BF16, which multiplies twice as fast as fp32. F16
// weights are rounded to bf16 as they are loaded; sums are fp32.
#include <immintrin.h>

#include <cstdint>

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

constexpr int T = 16;

inline __m512 widen(const uint8_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

// 16 rows x 2 k
template <bool F16>
inline __m512bh load_weights(const uint8_t* group) {
  if constexpr (F16) return _mm512_cvtne2ps_pbh(widen(group + 32), widen(group));
  return (__m512bh)_mm512_loadu_si512(group);
}

// The pair in every lane.
inline __m512bh broadcast(int32_t pair) {
  __m512i lanes = _mm512_set1_epi32(pair);
#if defined(__clang__) && __clang_major__ < 17
  asm("" : "+v"(lanes));  // Clang 16 crashes when it folds this broadcast into the multiplication.
#endif
  return (__m512bh)lanes;
}

template <bool F16>
void bf16_tile(const FloatTileArgs& args) {
  __m512 sums[T];
#pragma GCC unroll 16
  for (int t = 0; t < T; ++t) sums[t] = _mm512_setzero_ps();
  for (int64_t pair = 0; pair < args.pairs; ++pair) {
    const __m512bh w = load_weights<F16>(args.panel + pair * 64);
    const auto* x = reinterpret_cast<const int32_t*>(args.tile + pair * T * 4);
#pragma GCC unroll 16
    for (int t = 0; t < T; ++t) sums[t] = _mm512_dpbf16_ps(sums[t], w, broadcast(x[t]));
  }
  const __mmask16 rows = static_cast<__mmask16>((1u << args.rows) - 1);
#pragma GCC unroll 16
  for (int t = 0; t < T; ++t) {
    if (t < args.tokens) _mm512_mask_storeu_ps(args.out + t * args.out_stride, rows, sums[t]);
  }
}

// input: [tokens, columns] -> tile: bf16 [columns / 2][16][2], zeros beyond both.
void pack(const float* input, int64_t stride, int64_t columns, int tokens, uint8_t* tile) {
  const int64_t pairs = (columns + 1) / 2;
  auto* out = reinterpret_cast<int32_t*>(tile);
  for (int t = 0; t < T; ++t) {
    for (int64_t pair = 0; pair < pairs; pair += 8) {
      const int64_t left = t < tokens ? columns - 2 * pair : 0;
      const __mmask16 mask = left >= 16 ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
      const __m512 x = _mm512_maskz_loadu_ps(mask, input + (t < tokens ? t : 0) * stride + 2 * pair);
      alignas(32) int32_t words[8];
      _mm256_store_si256(reinterpret_cast<__m256i*>(words), (__m256i)_mm512_cvtneps_pbh(x));
      for (int64_t i = 0; i < 8 && pair + i < pairs; ++i) out[(pair + i) * T + t] = words[i];
    }
  }
}

}  // namespace

const Bf16Kernels kBf16Avx512 = {bf16_tile<true>, bf16_tile<false>, pack};

}  // namespace tandem::cpu
