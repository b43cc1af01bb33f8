#include "kernels/float_tile.h"

namespace tandem::npu {
namespace {
constexpr int kWidths[] = {16, 16};
}

const FloatKernels kFloatAvx512 = {"AVX-512 fp32",     kWidths,         8, float_pack,
                                   float_tile<16, 16>, float_vector<16>};

}  // namespace tandem::npu
