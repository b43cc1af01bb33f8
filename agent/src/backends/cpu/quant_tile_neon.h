// One panel of quantised weights times one tile of tokens on AArch64: smmla where the file is compiled for
// i8mm, sdot where it is compiled for dotprod, else smlal. 4 rows at a time are the 4 lanes; weights are
// signed.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

template <int From, int Width, int To>
inline uint8x16_t move_bits(uint8x16_t x) {
  if constexpr (From > To) x = vshrq_n_u8(x, From - To);
  if constexpr (From < To) x = vshlq_n_u8(x, To - From);
  return vandq_u8(x, vdupq_n_u8(((1 << Width) - 1) << To));
}

// `block` points at these 4 rows' quarter of the first plane.
inline uint8x16_t plane(const uint8_t* block, int index) { return vld1q_u8(block + 64 * index); }

template <int To>
inline void two_bit_quads(const uint8_t* planes, uint8x16_t (&v)[8]) {
  for (int p = 0; p < 2; ++p) {
    const uint8x16_t x = plane(planes, p);
    v[4 * p] = move_bits<0, 2, To>(x);
    v[4 * p + 1] = move_bits<2, 2, To>(x);
    v[4 * p + 2] = move_bits<4, 2, To>(x);
    v[4 * p + 3] = move_bits<6, 2, To>(x);
  }
}

template <int To>
inline void add_one_bit(const uint8_t* planes, uint8x16_t (&v)[8]) {
  const uint8x16_t x = plane(planes, 0);
  v[0] = vorrq_u8(v[0], move_bits<0, 1, To>(x));
  v[1] = vorrq_u8(v[1], move_bits<1, 1, To>(x));
  v[2] = vorrq_u8(v[2], move_bits<2, 1, To>(x));
  v[3] = vorrq_u8(v[3], move_bits<3, 1, To>(x));
  v[4] = vorrq_u8(v[4], move_bits<4, 1, To>(x));
  v[5] = vorrq_u8(v[5], move_bits<5, 1, To>(x));
  v[6] = vorrq_u8(v[6], move_bits<6, 1, To>(x));
  v[7] = vorrq_u8(v[7], move_bits<7, 1, To>(x));
}

// The 8 quads of 4 rows, their offset taken away.
template <int Bits, int Offset>
inline void unpack(const uint8_t* block, int8x16_t (&out)[8]) {
  uint8x16_t v[8];
  if constexpr (Bits == 8) {
    for (int i = 0; i < 8; ++i) v[i] = plane(block, i);
  } else if constexpr (Bits <= 3) {
    two_bit_quads<0>(block, v);
    if constexpr (Bits == 3) add_one_bit<2>(block + 128, v);
  } else {
    for (int i = 0; i < 4; ++i) {
      const uint8x16_t x = plane(block, i);
      v[i] = vandq_u8(x, vdupq_n_u8(15));
      v[i + 4] = vshrq_n_u8(x, 4);
    }
    if constexpr (Bits == 5) add_one_bit<4>(block + 256, v);
    if constexpr (Bits == 6) {
      uint8x16_t high[8];
      two_bit_quads<4>(block + 256, high);
      for (int i = 0; i < 8; ++i) v[i] = vorrq_u8(v[i], high[i]);
    }
  }
  for (int i = 0; i < 8; ++i) {
    out[i] =
        vreinterpretq_s8_u8(Offset == 0 ? v[i] : vsubq_u8(v[i], vdupq_n_u8(static_cast<uint8_t>(Offset))));
  }
}

#if defined(__ARM_FEATURE_DOTPROD)

// Half a block: quads 4h to 4h + 3.
inline int32x4_t half_dot(const int8x16_t* v, int8x16_t x, int32x4_t sum) {
  sum = vdotq_laneq_s32(sum, v[0], x, 0);
  sum = vdotq_laneq_s32(sum, v[1], x, 1);
  sum = vdotq_laneq_s32(sum, v[2], x, 2);
  return vdotq_laneq_s32(sum, v[3], x, 3);
}

template <int Bits>
inline int32x4_t dot_half_block(const int8x16_t (&v)[8], int half, const int8_t* q) {
  return half_dot(v + 4 * half, vld1q_s8(q + 16 * half), vdupq_n_s32(0));
}

#else

// Up to 32 * 127 per product, so 4 products of 6 bits or less stay within 16 bits; of 8 bits, two do.
template <int Bits>
inline int32x4_t dot_half_block(const int8x16_t (&v)[8], int half, const int8_t* q) {
  int32x4_t sum = vdupq_n_s32(0);
  int16x8_t low = vdupq_n_s16(0);   // rows 0 and 1, four products each
  int16x8_t high = vdupq_n_s16(0);  // rows 2 and 3
  for (int j = 0; j < 4; ++j) {
    int32_t word;
    __builtin_memcpy(&word, q + 16 * half + 4 * j, sizeof word);
    const int8x8_t x = vreinterpret_s8_s32(vdup_n_s32(word));
    low = vmlal_s8(low, vget_low_s8(v[4 * half + j]), x);
    high = vmlal_s8(high, vget_high_s8(v[4 * half + j]), x);
    if (j == 3 || (Bits == 8 && j == 1)) {
      sum = vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
      low = vdupq_n_s16(0);
      high = vdupq_n_s16(0);
    }
  }
  return sum;
}

#endif

// dots[c][h]: sums of each half block (of the whole in [0] where Parts is 1), 4 rows, for C tokens of 32
// bytes each.
template <int Bits, int Parts, int C>
inline void dots_of(int8x16_t (&v)[8], const int8_t* q, int32x4_t (&dots)[C][Parts]) {
#if defined(__ARM_FEATURE_MATMUL_INT8)
  if constexpr (C % 2 == 0) {
    int8x16_t rows01[4], rows23[4];  // 8 k of two rows each
    for (int i = 0; i < 4; ++i) {
      const int32x4_t a = vreinterpretq_s32_s8(v[2 * i]);
      const int32x4_t b = vreinterpretq_s32_s8(v[2 * i + 1]);
      rows01[i] = vreinterpretq_s8_s32(vzip1q_s32(a, b));
      rows23[i] = vreinterpretq_s8_s32(vzip2q_s32(a, b));
    }
#pragma GCC unroll 4
    for (int c = 0; c < C; c += 2) {
      for (int part = 0; part < Parts; ++part) {
        int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);  // two tokens x two rows
        for (int i = part * 4 / Parts; i < (part + 1) * 4 / Parts; ++i) {
          const int8x16_t x =
              vcombine_s8(vld1_s8(q + c * kBlock + 8 * i), vld1_s8(q + (c + 1) * kBlock + 8 * i));
          low = vmmlaq_s32(low, x, rows01[i]);
          high = vmmlaq_s32(high, x, rows23[i]);
        }
        dots[c][part] = vcombine_s32(vget_low_s32(low), vget_low_s32(high));
        dots[c + 1][part] = vcombine_s32(vget_high_s32(low), vget_high_s32(high));
      }
    }
    return;
  }
#endif
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
    const int32x4_t first = dot_half_block<Bits>(v, 0, q + c * kBlock);
    const int32x4_t second = dot_half_block<Bits>(v, 1, q + c * kBlock);
    if constexpr (Parts == 2) {
      dots[c][0] = first;
      dots[c][1] = second;
    } else {
      dots[c][0] = vaddq_s32(first, second);
    }
  }
}

inline float32x4_t halves(const uint8_t* p) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(reinterpret_cast<const uint16_t*>(p))));
}
inline uint32x4_t bytes4(const uint8_t* p) {
  uint32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  return vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(word))));
}
inline int32x4_t signed_bytes4(const uint8_t* p) {
  uint32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  return vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(word))));
}

// Scale and (added) minimum of 4 rows from `row` on, for each half block where the format has one per half.
template <Scales S>
inline void read_scales(const uint8_t* header, const uint8_t* tail, int row, float32x4_t (&scale)[2],
                        float32x4_t (&min)[2]) {
  if constexpr (S == Scales::kHalf || S == Scales::kHalfMin) {
    scale[0] = halves(tail + 2 * row);
    if constexpr (S == Scales::kHalfMin) min[0] = halves(tail + 32 + 2 * row);
  } else {
    const float32x4_t d = halves(header + 2 * row);
    float32x4_t dmin = vdupq_n_f32(0);
    if constexpr (S != Scales::kSuper16) dmin = vnegq_f32(halves(header + 32 + 2 * row));
    if constexpr (S == Scales::kSuperMin32) {
      scale[0] = vmulq_f32(d, vcvtq_f32_u32(bytes4(tail + row)));
      min[0] = vmulq_f32(dmin, vcvtq_f32_u32(bytes4(tail + 16 + row)));
    } else {
      for (int h = 0; h < 2; ++h) {
        if constexpr (S == Scales::kSuper16) {
          scale[h] = vmulq_f32(d, vcvtq_f32_s32(signed_bytes4(tail + 16 * h + row)));
        } else {
          const uint32x4_t both = bytes4(tail + 16 * h + row);
          scale[h] = vmulq_f32(d, vcvtq_f32_u32(vandq_u32(both, vdupq_n_u32(15))));
          min[h] = vmulq_f32(dmin, vcvtq_f32_u32(vshrq_n_u32(both, 4)));
        }
      }
    }
  }
}

inline void store_rows(const QuantTileArgs& args, int token, int row, float32x4_t sums) {
  if (token >= args.tokens || row >= args.rows) return;
  float* out = args.out + token * args.out_stride + row;
  if (row + 4 <= args.rows) {
    vst1q_f32(out, sums);
    return;
  }
  float lanes[4];
  vst1q_f32(lanes, sums);
  for (int i = 0; row + i < args.rows; ++i) out[i] = lanes[i];
}

// Tokens [first, first + C) of the tile times G groups of 4 rows from `group` on.
template <int Bits, Scales S, int T, int C, int G>
inline void part_of_tile(const QuantTileArgs& args, int first, int group) {
  using L = Layout<Bits, S>;
  constexpr int kParts = L::kPerHalf ? 2 : 1;
  float32x4_t sums[G][C];
  for (int g = 0; g < G; ++g) {
    for (int c = 0; c < C; ++c) sums[g][c] = vdupq_n_f32(0);
  }
  const uint8_t* block = args.panel;
  const uint8_t* header = nullptr;
  for (int64_t b = 0; b < args.blocks; ++b) {
    if (L::kHasSuper && b % 8 == 0) {
      header = block;
      block += L::kHeader;
    }
    if constexpr (T == 1) {  // Streams from memory: keep ahead of it.
      for (int o = 0; o < L::kBlockBytes; o += 64) __builtin_prefetch(block + o + 2048);
    }
    const uint8_t* tile = args.tile + b * T * (kBlock + 8);
    const auto* token_scales = reinterpret_cast<const float*>(tile + T * kBlock) + first;
    const auto* q = reinterpret_cast<const int8_t*>(tile + first * kBlock);
#pragma GCC unroll 4
    for (int g = 0; g < G; ++g) {
      int8x16_t v[8];
      float32x4_t scale[2], min[2];
      int32x4_t dots[C][kParts];
      unpack<Bits, L::kOffset>(block + 16 * (group + g), v);
      read_scales<S>(header, block + L::kPlanes, 4 * (group + g), scale, min);
      dots_of<Bits, kParts, C>(v, q, dots);
#pragma GCC unroll 8
      for (int c = 0; c < C; ++c) {
        for (int h = 0; h < kParts; ++h) {
          sums[g][c] =
              vfmaq_f32(sums[g][c], vcvtq_f32_s32(dots[c][h]), vmulq_n_f32(scale[h], token_scales[c]));
          if constexpr (L::kHasMin) {
            sums[g][c] = vfmaq_n_f32(sums[g][c], min[h], args.sums[(kParts * b + h) * T + first + c]);
          }
        }
      }
    }
    block += L::kBlockBytes;
  }
  for (int g = 0; g < G; ++g) {
    for (int c = 0; c < C; ++c) store_rows(args, first + c, 4 * (group + g), sums[g][c]);
  }
}

template <int Bits, Scales S, int T>
void quant_tile(const QuantTileArgs& args) {
  if constexpr (T == 1) {
    part_of_tile<Bits, S, 1, 1, 4>(args, 0, 0);
  } else {
    constexpr int C = T < 8 ? T : 8;
    for (int group = 0; group < 4; ++group) {
      for (int first = 0; first < T; first += C) part_of_tile<Bits, S, T, C, 1>(args, first, group);
    }
  }
}

}  // namespace
}  // namespace tandem::cpu
