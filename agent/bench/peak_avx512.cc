#include "peak_avx512.h"

#include <immintrin.h>

namespace tandem::bench {
namespace {

constexpr int kSums = 16;  // Independent, so that the latency does not count.

}  // namespace

int64_t int8_loop(int64_t rounds) {
  __m512i sums[kSums] = {};
  __m512i a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(2);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) {
      sums[s] = _mm512_dpbusd_epi32(sums[s], a, b);
      __asm__ volatile("" : "+v"(sums[s]));  // Done for its time, not its result.
    }
  }
  return rounds * kSums * 64;
}

int64_t bf16_loop(int64_t rounds) {
  __m512 sums[kSums] = {};
  __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) {
      sums[s] = _mm512_dpbf16_ps(sums[s], a, a);
      __asm__ volatile("" : "+v"(sums[s]));
    }
  }
  return rounds * kSums * 32;
}

int64_t fp32_loop(int64_t rounds) {
  __m512 sums[kSums] = {};
  __m512 a = _mm512_set1_ps(1.0f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) {
      sums[s] = _mm512_fmadd_ps(a, a, sums[s]);
      __asm__ volatile("" : "+v"(sums[s]));
    }
  }
  return rounds * kSums * 16;
}

}  // namespace tandem::bench
