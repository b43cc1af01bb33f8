// The float kernels for scalar.
#include "backends/cpu/simd_scalar.h"
// Before the templates that are written in its vectors.
#include "backends/cpu/float_table.h"

namespace tandem::cpu {

const FloatKernels kFloatScalar = kTable;

}  // namespace tandem::cpu
