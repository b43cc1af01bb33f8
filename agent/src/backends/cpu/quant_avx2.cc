// The kernels for quantised weights for avx2.
#include "backends/cpu/quant_tile_avx2.h"
// Before the table of its instances.
#include "backends/cpu/quant_table.h"

namespace tandem::cpu {

const QuantKernels kQuantAvx2 = kTable;

}  // namespace tandem::cpu
