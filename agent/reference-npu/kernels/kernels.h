// The inner loops, one set for each instruction set. All compute tiles of T tokens x 32 rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tandem::npu {

// One tile over a block of columns. Activations are packed by `pack` of the same set.
struct FloatTile {
  const uint16_t* panel;  // bf16 [pairs][32][2]
  const void* activations;
  int64_t pairs;
  int width;          // T, one of the set's.
  int tokens;         // Of them, how many are stored.
  int rows;           // Of 32, how many are stored.
  bool first;         // Begins with the bias, else with what `out` holds.
  const float* bias;  // [rows], or null: zeros.
  float* out;         // [tokens, stride]
  int64_t stride;
};

struct Int8Tile {
  const int8_t* panel;         // [quads][32][4]
  const uint8_t* activations;  // [quads][T][4], each value + 128
  int64_t quads;
  int width, tokens, rows;
  const float* weight_scales;  // [32]
  const int32_t* weight_sums;  // [32]
  const float* token_scales;   // [T]
  const float* bias;
  float* out;
  int64_t stride;
};

struct FloatKernels {
  std::string_view name;
  std::span<const int> widths;  // Of the tiles that make up 32 tokens.
  int64_t bytes;                // Of packed activations, for each token and pair.
  // input: [tokens, stride], columns [0, columns) -> one tile, zeros beyond tokens and columns up to
  // 2 * pairs.
  void (*pack)(const float* input, int64_t stride, int tokens, int width, int64_t columns, int64_t pairs,
               void* out);
  void (*tile)(const FloatTile& tile);
  // One token, all columns: x [2 * pairs] of fp32.
  void (*vector)(const uint16_t* panel, const float* x, int64_t pairs, int rows, const float* bias,
                 float* out);
};

struct Int8Kernels {
  std::string_view name;
  std::span<const int> widths;
  void (*tile)(const Int8Tile& tile);
};

extern const FloatKernels kFloatPlain, kFloatAvx2, kFloatAvx512, kBf16Avx512;
extern const Int8Kernels kInt8Plain, kInt8Avx512;

// The best that this CPU has; TANDEM_NPU_ISA=plain|avx2|avx512 asks for less.
[[nodiscard]] const FloatKernels& float_kernels();
[[nodiscard]] const Int8Kernels& int8_kernels();

}  // namespace tandem::npu
