// The kernels for quantised weights for i8mm.
#include "backends/cpu/quant_tile_neon.h"
// Before the table of its instances.
#include "backends/cpu/quant_table.h"

namespace tandem::cpu {

const QuantKernels kQuantI8mm = kTable;

}  // namespace tandem::cpu
