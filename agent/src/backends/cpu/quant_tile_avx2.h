// One panel of quantised weights times one tile of tokens with AVX2: vpmaddubsw multiplies unsigned weights
// with signed activations and adds neighbours in 16 bits. 8 rows at a time are the 8 lanes.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

// Bits [From, From + Width) of each byte, moved to begin at bit To.
template <int From, int Width, int To>
inline __m256i move_bits(__m256i x) {
  constexpr int kMask = ((1 << Width) - 1) << To;
  if constexpr (From > To) x = _mm256_srli_epi16(x, From - To);
  if constexpr (From < To) x = _mm256_slli_epi16(x, To - From);
  return _mm256_and_si256(x, _mm256_set1_epi8(static_cast<char>(kMask)));
}

// `block` points at these 8 rows' half of the first plane.
inline __m256i plane(const uint8_t* block, int index) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 64 * index));
}

template <int To>
inline void two_bit_quads(const uint8_t* planes, __m256i (&v)[8]) {
#pragma GCC unroll 2
  for (int p = 0; p < 2; ++p) {
    const __m256i x = plane(planes, p);
    v[4 * p] = move_bits<0, 2, To>(x);
    v[4 * p + 1] = move_bits<2, 2, To>(x);
    v[4 * p + 2] = move_bits<4, 2, To>(x);
    v[4 * p + 3] = move_bits<6, 2, To>(x);
  }
}

template <int To>
inline void add_one_bit(const uint8_t* planes, __m256i (&v)[8]) {
  const __m256i x = plane(planes, 0);
  v[0] = _mm256_or_si256(v[0], move_bits<0, 1, To>(x));
  v[1] = _mm256_or_si256(v[1], move_bits<1, 1, To>(x));
  v[2] = _mm256_or_si256(v[2], move_bits<2, 1, To>(x));
  v[3] = _mm256_or_si256(v[3], move_bits<3, 1, To>(x));
  v[4] = _mm256_or_si256(v[4], move_bits<4, 1, To>(x));
  v[5] = _mm256_or_si256(v[5], move_bits<5, 1, To>(x));
  v[6] = _mm256_or_si256(v[6], move_bits<6, 1, To>(x));
  v[7] = _mm256_or_si256(v[7], move_bits<7, 1, To>(x));
}

// The 8 quads of a block: unsigned, but signed for 8 bits, whose products would not fit otherwise.
template <int Bits>
inline void unpack(const uint8_t* block, __m256i (&v)[8]) {
  if constexpr (Bits == 8) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i)
      v[i] = _mm256_xor_si256(plane(block, i), _mm256_set1_epi8(static_cast<char>(0x80)));
  } else if constexpr (Bits <= 3) {
    two_bit_quads<0>(block, v);
    if constexpr (Bits == 3) add_one_bit<2>(block + 128, v);
  } else {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m256i x = plane(block, i);
      v[i] = move_bits<0, 4, 0>(x);
      v[i + 4] = move_bits<4, 4, 0>(x);
    }
    if constexpr (Bits == 5) add_one_bit<4>(block + 256, v);
    if constexpr (Bits == 6) {
      __m256i high[8];
      two_bit_quads<4>(block + 256, high);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) v[i] = _mm256_or_si256(v[i], high[i]);
    }
  }
}

inline __m256i quad_of(const uint8_t* q, int index) {
  return _mm256_set1_epi32(*reinterpret_cast<const int32_t __attribute__((may_alias))*>(q + 4 * index));
}

// Products of two neighbours; at most 2 * (2^Bits - 1) * 127, for 8 bits 2 * 128 * 127.
template <int Bits>
inline __m256i products(__m256i v, __m256i x) {
  if constexpr (Bits == 8) return _mm256_maddubs_epi16(_mm256_abs_epi8(v), _mm256_sign_epi8(x, v));
  return _mm256_maddubs_epi16(v, x);
}

// Sum over `Quads` quads from `first` on, in 32 bits. As many products are added in 16 bits as cannot
// overflow.
template <int Bits, int Quads>
inline __m256i dot(const __m256i (&v)[8], int first, const uint8_t* q) {
  constexpr int kTogether = Bits <= 4 ? 8 : Bits == 5 ? 4 : Bits == 6 ? 2 : 1;
  constexpr int kStep = kTogether < Quads ? kTogether : Quads;
  __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 8
  for (int j = 0; j < Quads; j += kStep) {
    __m256i narrow = products<Bits>(v[first + j], quad_of(q, first + j));
#pragma GCC unroll 8
    for (int i = 1; i < kStep; ++i) {
      narrow = _mm256_add_epi16(narrow, products<Bits>(v[first + j + i], quad_of(q, first + j + i)));
    }
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(narrow, _mm256_set1_epi16(1)));
  }
  return sum;
}

inline __m256 halves(const uint8_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline __m128i bytes8(const uint8_t* p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)); }
inline __m256 from_int(__m256i x) { return _mm256_cvtepi32_ps(x); }

// Scale and (added) minimum of 8 rows from `row` on, for each half block where the format has one per half.
template <Scales S>
inline void read_scales(const uint8_t* header, const uint8_t* tail, int row, __m256 (&scale)[2],
                        __m256 (&min)[2]) {
  if constexpr (S == Scales::kHalf || S == Scales::kHalfMin) {
    scale[0] = halves(tail + 2 * row);
    if constexpr (S == Scales::kHalfMin) min[0] = halves(tail + 32 + 2 * row);
    return;
  } else {
    const __m256 d = halves(header + 2 * row);
    __m256 dmin = _mm256_setzero_ps();
    if constexpr (S != Scales::kSuper16) dmin = _mm256_sub_ps(dmin, halves(header + 32 + 2 * row));
    if constexpr (S == Scales::kSuperMin32) {
      scale[0] = _mm256_mul_ps(d, from_int(_mm256_cvtepu8_epi32(bytes8(tail + row))));
      min[0] = _mm256_mul_ps(dmin, from_int(_mm256_cvtepu8_epi32(bytes8(tail + 16 + row))));
      return;
    }
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      const __m128i sub = bytes8(tail + 16 * h + row);
      if constexpr (S == Scales::kSuper16) scale[h] = _mm256_mul_ps(d, from_int(_mm256_cvtepi8_epi32(sub)));
      if constexpr (S == Scales::kSuperMin16) {
        const __m256i both = _mm256_cvtepu8_epi32(sub);
        scale[h] = _mm256_mul_ps(d, from_int(_mm256_and_si256(both, _mm256_set1_epi32(15))));
        min[h] = _mm256_mul_ps(dmin, from_int(_mm256_srli_epi32(both, 4)));
      }
    }
  }
}

inline void store_rows(const QuantTileArgs& args, int token, int row, __m256 sums) {
  if (token >= args.tokens || row >= args.rows) return;
  float* out = args.out + token * args.out_stride + row;
  if (row + 8 <= args.rows) {
    _mm256_storeu_ps(out, sums);
    return;
  }
  float lanes[8];
  _mm256_storeu_ps(lanes, sums);
  for (int i = 0; row + i < args.rows; ++i) out[i] = lanes[i];
}

// Tokens [first, first + C) of the tile times G groups of 8 rows from `group` on.
template <int Bits, Scales S, int T, int C, int G>
inline void part_of_tile(const QuantTileArgs& args, int first, int group) {
  using L = Layout<Bits, S>;
  constexpr int kParts = L::kPerHalf ? 2 : 1;
  constexpr int kQuads = 8 / kParts;
  __m256 sums[G][C];
  for (int g = 0; g < G; ++g) {
    for (int c = 0; c < C; ++c) sums[g][c] = _mm256_setzero_ps();
  }
  const uint8_t* block = args.panel;
  const uint8_t* header = nullptr;
  for (int64_t b = 0; b < args.blocks; ++b) {
    if (L::kHasSuper && b % 8 == 0) {
      header = block;
      block += L::kHeader;
    }
    if constexpr (T == 1) {  // Streams from memory: keep ahead of it.
      for (int o = 0; o < L::kBlockBytes; o += 64) _mm_prefetch(block + o + 4096, _MM_HINT_T0);
    }
    const uint8_t* tile = args.tile + b * T * (kBlock + 8);
    const auto* token_scales = reinterpret_cast<const float*>(tile + T * kBlock) + first;
    const auto* bias = reinterpret_cast<const int32_t*>(tile + T * (kBlock + 4)) + first;
#pragma GCC unroll 2
    for (int g = 0; g < G; ++g) {
      __m256i v[8];
      __m256 scale[2], min[2];
      unpack<Bits>(block + 32 * (group + g), v);
      read_scales<S>(header, block + L::kPlanes, 8 * (group + g), scale, min);
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
#pragma GCC unroll 2
        for (int h = 0; h < kParts; ++h) {
          __m256i dots = dot<Bits, kQuads>(v, h * kQuads, tile + (first + c) * kBlock);
          if constexpr (!L::kHasMin && Bits < 8) {  // bias = -128 * sum(q); the offset is 128 >> (8 - Bits).
            const int32_t own = L::kPerHalf ? args.half_bias[(2 * b + h) * T + first + c] : bias[c];
            dots = _mm256_add_epi32(dots, _mm256_set1_epi32(own >> (8 - Bits)));
          }
          const __m256 both = _mm256_mul_ps(scale[h], _mm256_set1_ps(token_scales[c]));
          sums[g][c] = _mm256_fmadd_ps(from_int(dots), both, sums[g][c]);
          if constexpr (L::kHasMin) {
            const float x_sum = args.sums[(kParts * b + h) * T + first + c];
            sums[g][c] = _mm256_fmadd_ps(min[h], _mm256_set1_ps(x_sum), sums[g][c]);
          }
        }
      }
    }
    block += L::kBlockBytes;
  }
  for (int g = 0; g < G; ++g) {
    for (int c = 0; c < C; ++c) store_rows(args, first + c, 8 * (group + g), sums[g][c]);
  }
}

template <int Bits, Scales S, int T>
void quant_tile(const QuantTileArgs& args) {
  if constexpr (T == 1) {
    part_of_tile<Bits, S, 1, 1, 2>(args, 0, 0);
  } else {
    for (int group = 0; group < 2; ++group) {
      for (int first = 0; first < T; first += 4) part_of_tile<Bits, S, T, 4, 1>(args, first, group);
    }
  }
}

}  // namespace
}  // namespace tandem::cpu
