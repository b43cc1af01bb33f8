// How packed weights lie in memory. Included by kernel files, which are compiled for one instruction set
// each: so it holds types and constants only, nothing that the linker could share with other files.
//
// A panel is 16 rows. F32: [k][16 rows]. F16 and BF16: [k / 2][16 rows][2 k], K padded to even.
// Quantised: blocks of 32 k, one after the other. A block is planes of 64 bytes, then scales of the 16 rows.
// A quad is 4 consecutive k of 16 rows, 64 values; a block has 8 quads. Planes by bits per value:
//   2: plane p, bits 2i    = quad 4p + i                     3: as 2, then a plane whose bit v is bit 2 of
//   quad v 4: plane p, low nibble = quad p, high nibble = quad p+4  5: as 4, then a plane whose bit v is bit
//   4 of quad v 8: plane v             = quad v                          6: as 4, then 2 planes, bits 2i =
//   bits 4-5 of quad 4p + i
// Values are unsigned; symmetrical types have an offset of half the range.
#pragma once

#include <cstdint>

namespace tandem::cpu {

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;  // k per block

// Where a weight's scale comes from.
enum class Scales {
  kHalf,        // block: fp16 scale[16]. w = scale * (q - offset)
  kHalfMin,     // block: fp16 scale[16], fp16 min[16]. w = scale * q + min
  kSuper16,     // per 8 blocks, before them: fp16 d[16]; block: int8 s[2][16]. w = d * s[half] * (q - offset)
  kSuperMin32,  // per 8 blocks: fp16 d[16], fp16 dmin[16]; block: uint8 s[16], m[16]. w = d * s * q - dmin *
                // m
  kSuperMin16,  // the same, block: uint8 [2][16] with s in the low and m in the high nibble
};

struct PackedFormat {
  int bits;
  Scales scales;
};

// The quantised formats, in the order of the kernel tables.
enum Format { kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0, kQ2_K, kQ3_K, kQ4_K, kQ5_K, kQ6_K, kFormats };

inline constexpr PackedFormat kPackedFormats[kFormats] = {
    {4, Scales::kHalf},       {4, Scales::kHalfMin},    {5, Scales::kHalf},    {5, Scales::kHalfMin},
    {8, Scales::kHalf},       {2, Scales::kSuperMin16}, {3, Scales::kSuper16}, {4, Scales::kSuperMin32},
    {5, Scales::kSuperMin32}, {6, Scales::kSuper16},
};

// Sizes that follow from a format, in bytes; `H` bytes of header stand before each group of 8 blocks.
template <int Bits, Scales S>
struct Layout {
  static constexpr bool kHasSuper =
      S == Scales::kSuper16 || S == Scales::kSuperMin32 || S == Scales::kSuperMin16;
  static constexpr bool kHasMin =
      S == Scales::kHalfMin || S == Scales::kSuperMin32 || S == Scales::kSuperMin16;
  static constexpr bool kPerHalf = S == Scales::kSuper16 || S == Scales::kSuperMin16;  // A scale per 16 k.
  static constexpr int kPlanes = Bits * 64;
  static constexpr int kTail = S == Scales::kHalfMin ? 64 : 32;
  static constexpr int kBlockBytes = kPlanes + kTail;
  static constexpr int kHeader = !kHasSuper ? 0 : S == Scales::kSuper16 ? 32 : 64;
  static constexpr int kOffset = kHasMin ? 0 : 1 << (Bits - 1);
};

// Token counts that tiles are compiled for. An input is cut into tiles of 16; the last one takes the smallest
// that fits.
inline constexpr int kTileWidths[] = {1, 4, 8, 16};
inline constexpr int kWidths = 4;

// One panel of quantised weights times one tile of T tokens.
struct QuantTileArgs {
  const uint8_t* panel;
  int64_t blocks;            // K / 32
  const uint8_t* tile;       // Per block: int8 q[T][32], fp32 scale[T], int32 bias[T] = -128 * sum(q)
  const int32_t* half_bias;  // Per block: [2][T], the same of each half; formats with a scale per half
  const float* sums;         // Per block: [T] = scale * sum(q), or [2][T] of each half; formats with minimums
  float* out;                // [tokens][rows]
  int64_t out_stride;
  int rows;    // Valid ones of the 16.
  int tokens;  // Valid ones of the T.
};

// One panel of float weights times one tile of T tokens.
struct FloatTileArgs {
  const uint8_t* panel;
  int64_t pairs;        // K / 2, rounded up
  const uint8_t* tile;  // Per pair: fp32 [T][2]; or bf16 [T][2] for the bf16 kernels
  float* out;
  int64_t out_stride;
  int rows;
  int tokens;
};

// Rounds a tile of T tokens to int8: the layouts are those above; half_bias, sums and half_sums may be null.
struct QuantizeArgs {
  const float* input;
  int64_t stride;
  int64_t blocks;
  int tokens;  // Valid ones of the T; the others become 0.
  int width;   // T
  uint8_t* tile;
  int32_t* half_bias;
  float* sums;
  float* half_sums;
};

}  // namespace tandem::cpu
