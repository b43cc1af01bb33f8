// One panel of quantised weights times one tile of tokens with VNNI: vpdpbusd multiplies unsigned weights
// with signed activations. Symmetrical weights are shifted to the top of their byte, so that their offset is
// 128 for every width and the accumulator can begin at -128 * sum(q), which costs nothing. 16 rows are the 16
// lanes.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

// Bits [From, From + Width) of each byte, moved to begin at bit To.
template <int From, int Width, int To>
inline __m512i move_bits(__m512i x) {
  constexpr int kMask = ((1 << Width) - 1) << To;
  if constexpr (From > To) x = _mm512_srli_epi16(x, From - To);
  if constexpr (From < To) x = _mm512_slli_epi16(x, To - From);
  return _mm512_and_si512(x, _mm512_set1_epi8(static_cast<char>(kMask)));
}

inline __m512i plane(const uint8_t* block, int index) { return _mm512_loadu_si512(block + 64 * index); }

// Two-bit fields of two planes to bits To of the 8 quads.
template <int To>
inline void two_bit_quads(const uint8_t* planes, __m512i (&v)[8]) {
#pragma GCC unroll 2
  for (int p = 0; p < 2; ++p) {
    const __m512i x = plane(planes, p);
    v[4 * p] = move_bits<0, 2, To>(x);
    v[4 * p + 1] = move_bits<2, 2, To>(x);
    v[4 * p + 2] = move_bits<4, 2, To>(x);
    v[4 * p + 3] = move_bits<6, 2, To>(x);
  }
}

// One-bit fields of a plane, or-ed to bit To of the 8 quads.
template <int To>
inline void add_one_bit(const uint8_t* planes, __m512i (&v)[8]) {
  const __m512i x = plane(planes, 0);
  v[0] = _mm512_or_si512(v[0], move_bits<0, 1, To>(x));
  v[1] = _mm512_or_si512(v[1], move_bits<1, 1, To>(x));
  v[2] = _mm512_or_si512(v[2], move_bits<2, 1, To>(x));
  v[3] = _mm512_or_si512(v[3], move_bits<3, 1, To>(x));
  v[4] = _mm512_or_si512(v[4], move_bits<4, 1, To>(x));
  v[5] = _mm512_or_si512(v[5], move_bits<5, 1, To>(x));
  v[6] = _mm512_or_si512(v[6], move_bits<6, 1, To>(x));
  v[7] = _mm512_or_si512(v[7], move_bits<7, 1, To>(x));
}

// The 8 quads of a block, each value shifted left by Shift.
template <int Bits, int Shift>
inline void unpack(const uint8_t* block, __m512i (&v)[8]) {
  if constexpr (Bits == 8) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) v[i] = plane(block, i);
  } else if constexpr (Bits <= 3) {
    two_bit_quads<Shift>(block, v);
    if constexpr (Bits == 3) add_one_bit<Shift + 2>(block + 128, v);
  } else {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512i x = plane(block, i);
      v[i] = move_bits<0, 4, Shift>(x);
      v[i + 4] = move_bits<4, 4, Shift>(x);
    }
    if constexpr (Bits == 5) add_one_bit<Shift + 4>(block + 256, v);
    if constexpr (Bits == 6) {
      __m512i high[8];
      two_bit_quads<Shift + 4>(block + 256, high);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) v[i] = _mm512_or_si512(v[i], high[i]);
    }
  }
}

inline __m512 halves(const uint8_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline __m512 from_int(__m512i x) { return _mm512_cvtepi32_ps(x); }
inline __m128i bytes16(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

struct Super {
  __m512 d, dmin;
};

// Scale and (added) minimum of the 16 rows, for each half block where the format has one per half.
template <int Bits, Scales S, int Shift>
inline void read_scales(const Super& super, const uint8_t* tail, __m512 (&scale)[2], __m512 (&min)[2]) {
  if constexpr (S == Scales::kHalf || S == Scales::kHalfMin) {
    scale[0] = halves(tail);
    if constexpr (S == Scales::kHalfMin) min[0] = halves(tail + 32);
  } else if constexpr (S == Scales::kSuper16) {
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      scale[h] = _mm512_mul_ps(super.d, from_int(_mm512_cvtepi8_epi32(bytes16(tail + 16 * h))));
    }
  } else if constexpr (S == Scales::kSuperMin32) {
    scale[0] = _mm512_mul_ps(super.d, from_int(_mm512_cvtepu8_epi32(bytes16(tail))));
    min[0] = _mm512_mul_ps(super.dmin, from_int(_mm512_cvtepu8_epi32(bytes16(tail + 16))));
  } else {
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      const __m512i both = _mm512_cvtepu8_epi32(bytes16(tail + 16 * h));
      scale[h] = _mm512_mul_ps(super.d, from_int(_mm512_and_si512(both, _mm512_set1_epi32(15))));
      min[h] = _mm512_mul_ps(super.dmin, from_int(_mm512_srli_epi32(both, 4)));
    }
  }
  if constexpr (Shift > 0) {
    constexpr float kBack = 1.0f / (1 << Shift);
    scale[0] = _mm512_mul_ps(scale[0], _mm512_set1_ps(kBack));
    if constexpr (Layout<Bits, S>::kPerHalf) scale[1] = _mm512_mul_ps(scale[1], _mm512_set1_ps(kBack));
  }
}

inline __m512i quad_of(const uint8_t* q, int index) {
  return _mm512_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(q + 4 * index));
}

template <int Bits, Scales S, int T>
void quant_tile(const QuantTileArgs& args) {
  using L = Layout<Bits, S>;
  constexpr int kShift = L::kHasMin ? 0 : 8 - Bits;
  constexpr int kParts = L::kPerHalf ? 2 : 1;  // Scales per block.
  constexpr int kQuads = 8 / kParts;           // Quads per scale.
  constexpr int kLanesAtOnce = T < 4 ? T : 4;  // Tokens whose independent sums hide the latency.
  __m512 sums[T];
#pragma GCC unroll 16
  for (int t = 0; t < T; ++t) sums[t] = _mm512_setzero_ps();
  const uint8_t* block = args.panel;
  const uint8_t* tile = args.tile;
  const int32_t* half_bias = args.half_bias;
  const float* extra = args.sums;
  Super super{};
  for (int64_t b = 0; b < args.blocks; ++b) {
    if constexpr (L::kHasSuper) {
      if (b % 8 == 0) {
        super.d = halves(block);
        if constexpr (L::kHasMin) super.dmin = _mm512_sub_ps(_mm512_setzero_ps(), halves(block + 32));
        block += L::kHeader;
      }
    }
    if constexpr (T <= 4) {  // Streams from memory: keep ahead of it.
#pragma GCC unroll 9
      for (int o = 0; o < L::kBlockBytes; o += 64) _mm_prefetch(block + o + 8192, _MM_HINT_T0);
    }
    __m512i v[8];
    unpack<Bits, kShift>(block, v);
    __m512 scale[2], min[2];
    read_scales<Bits, S, kShift>(super, block + L::kPlanes, scale, min);
    const auto* token_scales = reinterpret_cast<const float*>(tile + T * kBlock);
    const auto* bias = reinterpret_cast<const int32_t*>(token_scales + T);
#pragma GCC unroll 16
    for (int t = 0; t < T; t += kLanesAtOnce) {
#pragma GCC unroll 2
      for (int h = 0; h < kParts; ++h) {
        __m512i dots[kLanesAtOnce];
#pragma GCC unroll 4
        for (int i = 0; i < kLanesAtOnce; ++i) {
          if constexpr (L::kHasMin) {
            dots[i] = _mm512_setzero_si512();
          } else if constexpr (L::kPerHalf) {
            dots[i] = _mm512_set1_epi32(half_bias[h * T + t + i]);
          } else {
            dots[i] = _mm512_set1_epi32(bias[t + i]);
          }
        }
#pragma GCC unroll 8
        for (int j = 0; j < kQuads; ++j) {
#pragma GCC unroll 4
          for (int i = 0; i < kLanesAtOnce; ++i) {
            dots[i] = _mm512_dpbusd_epi32(dots[i], v[h * kQuads + j],
                                          quad_of(tile + (t + i) * kBlock, h * kQuads + j));
          }
        }
#pragma GCC unroll 4
        for (int i = 0; i < kLanesAtOnce; ++i) {
          const __m512 both = _mm512_mul_ps(scale[h], _mm512_set1_ps(token_scales[t + i]));
          sums[t + i] = _mm512_fmadd_ps(from_int(dots[i]), both, sums[t + i]);
          if constexpr (L::kHasMin) {
            sums[t + i] = _mm512_fmadd_ps(min[h], _mm512_set1_ps(extra[h * T + t + i]), sums[t + i]);
          }
        }
      }
    }
    block += L::kBlockBytes;
    tile += T * (kBlock + 8);
    if constexpr (L::kPerHalf && !L::kHasMin) half_bias += 2 * T;
    if constexpr (L::kHasMin) extra += kParts * T;
  }
  const __mmask16 rows = static_cast<__mmask16>((1u << args.rows) - 1);
#pragma GCC unroll 16
  for (int t = 0; t < T; ++t) {
    if (t < args.tokens) _mm512_mask_storeu_ps(args.out + t * args.out_stride, rows, sums[t]);
  }
}

}  // namespace
}  // namespace tandem::cpu
