// int8 for any CPU.
#include "kernels/kernels.h"

namespace tandem::npu {
namespace {

constexpr int kWidths[] = {4, 4, 4, 4, 4, 4, 4, 4};

void tile(const Int8Tile& args) {
  for (int t = 0; t < args.tokens; ++t) {
    for (int r = 0; r < args.rows; ++r) {
      int32_t sum = -128 * args.weight_sums[r];
      for (int64_t quad = 0; quad < args.quads; ++quad) {
        const uint8_t* x = args.activations + (quad * args.width + t) * 4;
        const int8_t* w = args.panel + (quad * 32 + r) * 4;
        sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
      }
      args.out[t * args.stride + r] = static_cast<float>(sum) * args.weight_scales[r] * args.token_scales[t] +
                                      (args.bias == nullptr ? 0 : args.bias[r]);
    }
  }
}

}  // namespace

const Int8Kernels kInt8Plain = {"plain int8", kWidths, tile};

}  // namespace tandem::npu
