// fp32 for any CPU: what the compiler's baseline has (SSE2, NEON).
#include "kernels/float_tile.h"

namespace tandem::npu {
namespace {
constexpr int kWidths[] = {4, 4, 4, 4, 4, 4, 4, 4};
}

const FloatKernels kFloatPlain = {"plain fp32", kWidths, 8, float_pack, float_tile<4, 4>, float_vector<4>};

}  // namespace tandem::npu
