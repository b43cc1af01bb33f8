// The tables of kernels, one per instruction set. Each table is a constant in a file that is compiled for its
// instruction set; only selected ones are ever called.
#pragma once

#include <cstdint>

#include "backends/cpu/kernel_args.h"
#include "backends/cpu/packed_layout.h"

namespace tandem::cpu {

using QuantTile = void (*)(const QuantTileArgs&);
using FloatTile = void (*)(const FloatTileArgs&);

struct QuantKernels {
  QuantTile tiles[kFormats][kWidths];  // By Format and the index of the width in kTileWidths.
};

enum FloatWeights { kWeightsF32, kWeightsF16, kWeightsBF16, kFloatWeights };

struct FloatKernels {
  FloatTile tiles[kFloatWeights][kWidths];
  void (*quantize)(const QuantizeArgs&);
  void (*rms_norm)(const float* input, const float* weight, float epsilon, int64_t columns, float* out);
  void (*swiglu)(const float* gate, const float* up, int64_t count, float* out);
  void (*geglu)(const float* gate, const float* up, int64_t count, float* out);
  void (*softcap)(const float* input, float cap, int64_t count, float* out);
  void (*add)(const float* a, const float* b, int64_t count, float* out);
  void (*rope)(const RopeArgs&);
  void (*to_half)(const float* input, int64_t count, uint16_t* out);
  void (*attention)(const AttentionTileArgs&);
};

// F16 and BF16 weights times bf16 activations: for tiles of 16.
struct Bf16Kernels {
  FloatTile f16;
  FloatTile bf16;
  void (*pack)(const float* input, int64_t stride, int64_t columns, int tokens, uint8_t* tile);
};

// Which of them exist depends on the architecture that is compiled for; see dispatch.h.
extern const FloatKernels kFloatScalar, kFloatAvx2, kFloatAvx512, kFloatNeon;
extern const QuantKernels kQuantScalar, kQuantAvx2, kQuantAvx512, kQuantNeon, kQuantDotprod, kQuantI8mm;
extern const Bf16Kernels kBf16Avx512;

}  // namespace tandem::cpu
