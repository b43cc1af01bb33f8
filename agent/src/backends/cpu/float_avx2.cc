// The float kernels for avx2.
#include "backends/cpu/simd_avx2.h"
// Before the templates that are written in its vectors.
#include "backends/cpu/float_table.h"

namespace tandem::cpu {

const FloatKernels kFloatAvx2 = kTable;

}  // namespace tandem::cpu
