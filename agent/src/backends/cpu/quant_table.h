// The table of an instruction set's kernels for quantised weights (include the file with its quant_tile
// first).
#pragma once

#include "backends/cpu/kernels.h"

namespace tandem::cpu {
namespace {

template <Format F, int T>
void tile_of(const QuantTileArgs& args) {
  quant_tile<kPackedFormats[F].bits, kPackedFormats[F].scales, T>(args);
}

#define TANDEM_QUANT_TILES(F) \
  { tile_of<F, 1>, tile_of<F, 4>, tile_of<F, 8>, tile_of<F, 16> }

constexpr QuantKernels kTable = {{
    TANDEM_QUANT_TILES(kQ4_0),
    TANDEM_QUANT_TILES(kQ4_1),
    TANDEM_QUANT_TILES(kQ5_0),
    TANDEM_QUANT_TILES(kQ5_1),
    TANDEM_QUANT_TILES(kQ8_0),
    TANDEM_QUANT_TILES(kQ2_K),
    TANDEM_QUANT_TILES(kQ3_K),
    TANDEM_QUANT_TILES(kQ4_K),
    TANDEM_QUANT_TILES(kQ5_K),
    TANDEM_QUANT_TILES(kQ6_K),
}};

}  // namespace
}  // namespace tandem::cpu
