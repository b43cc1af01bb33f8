// How one matmul is placed on the processors of a device (paper, section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem {

enum class Strategy : uint8_t {
  kCpu,         // All of it on the primary, which is the CPU.
  kGpu,         // All of it on the primary, which is the GPU.
  kNpu,         // All of it on the NPU, at a length that its graphs have.
  kPad,         // All of it on the NPU, the tokens padded to the next standard length.
  kWeight,      // Output features on both, split by rows of the weight.
  kActivation,  // Tokens on both: pieces of standard lengths on the NPU, the rest on the primary.
  kHybrid,      // As kWeight, with the NPU's tokens padded to the next standard length.
};

inline constexpr int kStrategies = 7;

// As in traces and settings: "weight".
[[nodiscard]] std::string_view strategy_name(Strategy strategy);
[[nodiscard]] std::optional<Strategy> strategy_by_name(std::string_view name);

}  // namespace tandem
