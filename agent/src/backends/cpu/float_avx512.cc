// The float kernels for avx512.
#include "backends/cpu/simd_avx512.h"
// Before the templates that are written in its vectors.
#include "backends/cpu/float_table.h"

namespace tandem::cpu {

const FloatKernels kFloatAvx512 = kTable;

}  // namespace tandem::cpu
