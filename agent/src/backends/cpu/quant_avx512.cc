// The kernels for quantised weights for avx512.
#include "backends/cpu/quant_tile_avx512.h"
// Before the table of its instances.
#include "backends/cpu/quant_table.h"

namespace tandem::cpu {

const QuantKernels kQuantAvx512 = kTable;

}  // namespace tandem::cpu
