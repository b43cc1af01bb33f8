// The table of an instruction set's float kernels (include a simd_*.h first).
#pragma once

#include "backends/cpu/attention_tile.h"
#include "backends/cpu/float_ops.h"
#include "backends/cpu/float_tile.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/quantize_tile.h"

namespace tandem::cpu {
namespace {

#define TANDEM_FLOAT_TILES(W) \
  { float_row<W>, float_tile<W, 4>, float_tile<W, 8>, float_tile<W, 16> }

constexpr FloatKernels kTable = {
    {TANDEM_FLOAT_TILES(kWeightsF32), TANDEM_FLOAT_TILES(kWeightsF16), TANDEM_FLOAT_TILES(kWeightsBF16)},
    quantize,
    rms_norm,
    gated<swiglu_of>,
    gated<geglu_of>,
    softcap,
    add_values,
    rope,
    to_half,
    attention_tile,
};

}  // namespace
}  // namespace tandem::cpu
