// Rounds 32 activations to int8: in plain C++, which compilers vectorise, and by hand where that pays. A NaN
// makes the scale NaN, so it reaches the result.
#pragma once

#if defined(__AVX512BW__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <cstdint>

#include "backends/cpu/packed_layout.h"

namespace tandem::cpu {
namespace {

struct QuantizedBlock {
  int8_t q[kBlock];
  float scale;
  int32_t sums[2];  // of each half of q
};

// The factor that brings the largest absolute value to 127, having set the scale that undoes it.
inline float factor_for(float peak, QuantizedBlock& out) {
  const bool nothing = peak < 1e-30f;
  out.scale = nothing ? 0.0f : peak * (1.0f / 127);
  return nothing ? 0.0f : 127.0f / peak;
}

#if defined(__AVX512BW__)

// To the nearest integer; NaN to 0.
inline __m512i whole(__m512 x) { return _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x); }

inline void quantize_block(const float* x, QuantizedBlock& out) {
  const __m512 low = _mm512_loadu_ps(x), high = _mm512_loadu_ps(x + 16);
  // Absolute values compare like their bits; unlike a float maximum, one of integers never drops a NaN.
  const __m512i sign = _mm512_set1_epi32(0x7fffffff);
  const __m512i peaks = _mm512_max_epi32(_mm512_and_si512(_mm512_castps_si512(low), sign),
                                         _mm512_and_si512(_mm512_castps_si512(high), sign));
  const __m512 factor =
      _mm512_set1_ps(factor_for(__builtin_bit_cast(float, _mm512_reduce_max_epi32(peaks)), out));
  const __m512i a = whole(_mm512_mul_ps(low, factor));
  const __m512i b = whole(_mm512_mul_ps(high, factor));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.q), _mm512_cvtepi32_epi8(a));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.q + 16), _mm512_cvtepi32_epi8(b));
  out.sums[0] = _mm512_reduce_add_epi32(a);
  out.sums[1] = _mm512_reduce_add_epi32(b);
}

#elif defined(__aarch64__)

inline void quantize_block(const float* x, QuantizedBlock& out) {
  int32x4_t peaks = vdupq_n_s32(0);
  for (int i = 0; i < kBlock; i += 4) {
    // Absolute values compare like their bits; unlike a float maximum, one of integers never drops a NaN.
    peaks = vmaxq_s32(peaks, vandq_s32(vreinterpretq_s32_f32(vld1q_f32(x + i)), vdupq_n_s32(0x7fffffff)));
  }
  const float factor = factor_for(__builtin_bit_cast(float, vmaxvq_s32(peaks)), out);
  for (int half = 0; half < 2; ++half) {
    int16x8_t narrow[2];
    for (int i = 0; i < 2; ++i) {
      const float* from = x + 16 * half + 8 * i;
      const int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(from), factor));
      const int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(from + 4), factor));
      narrow[i] = vcombine_s16(vqmovn_s32(a), vqmovn_s32(b));
    }
    vst1q_s8(out.q + 16 * half, vcombine_s8(vqmovn_s16(narrow[0]), vqmovn_s16(narrow[1])));
    out.sums[half] = vaddlvq_s16(vaddq_s16(narrow[0], narrow[1]));
  }
}

#else

inline void quantize_block(const float* x, QuantizedBlock& out) {
  // Absolute values compare like their bits, and integers may be reordered where floats may not.
  int32_t largest = 0;
  for (int i = 0; i < kBlock; ++i) {
    const int32_t bits = __builtin_bit_cast(int32_t, x[i]) & 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  const float factor = factor_for(__builtin_bit_cast(float, largest), out);
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits.
  int32_t q[kBlock];
  for (int i = 0; i < kBlock; ++i) {
    q[i] = __builtin_bit_cast(int32_t, x[i] * factor + 12582912.0f) - 0x4b400000;
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

#endif

}  // namespace
}  // namespace tandem::cpu
