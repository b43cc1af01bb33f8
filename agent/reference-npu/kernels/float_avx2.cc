#include "kernels/float_tile.h"

namespace tandem::npu {
namespace {
constexpr int kWidths[] = {4, 4, 4, 4, 4, 4, 4, 4};
}

const FloatKernels kFloatAvx2 = {"AVX2 fp32", kWidths, 8, float_pack, float_tile<8, 4>, float_vector<8>};

}  // namespace tandem::npu
