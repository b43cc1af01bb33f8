// The kernels for quantised weights for scalar.
#include "backends/cpu/quant_tile_scalar.h"
// Before the table of its instances.
#include "backends/cpu/quant_table.h"

namespace tandem::cpu {

const QuantKernels kQuantScalar = kTable;

}  // namespace tandem::cpu
