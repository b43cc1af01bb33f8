// The float kernels for neon.
#include "backends/cpu/simd_neon.h"
// Before the templates that are written in its vectors.
#include "backends/cpu/float_table.h"

namespace tandem::cpu {

const FloatKernels kFloatNeon = kTable;

}  // namespace tandem::cpu
