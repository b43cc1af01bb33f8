// One matmul with static weights as a graph of the provider.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "backends/qnn/abi/status.h"
#include "backends/qnn/device.h"
#include "backends/qnn/static_weight.h"

namespace tandem::qnn {

// fp32 of [rows, width] as the interface names it; name and shape outlive the result.
[[nodiscard]] abi::Tensor make_tensor(const char* name, abi::TensorType type, abi::DataType data_type,
                                      std::span<uint32_t> shape);

struct MatmulSpec {
  std::string name;  // Unique in the context.
  int64_t tokens = 0, columns = 0, rows = 0;
  StaticWeight& weight;         // [rows, columns]
  std::span<const float> bias;  // [rows], or empty.
};

struct MatmulGraph {
  abi::Graph graph = nullptr;
  uint32_t input = 0, output = 0;  // Ids of its tensors.
};

// Compiles it: fp32 in, fp32 out. fp16 weights are multiplied with the fp32 input itself where the provider's
// own validation takes that, else between two casts. Gives the first status that is no success.
[[nodiscard]] abi::Status build_matmul(const Device& device, abi::Context context, const MatmulSpec& spec,
                                       MatmulGraph& built);

}  // namespace tandem::qnn
