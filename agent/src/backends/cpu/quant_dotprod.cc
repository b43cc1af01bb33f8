// The kernels for quantised weights for dotprod.
#include "backends/cpu/quant_tile_neon.h"
// Before the table of its instances.
#include "backends/cpu/quant_table.h"

namespace tandem::cpu {

const QuantKernels kQuantDotprod = kTable;

}  // namespace tandem::cpu
