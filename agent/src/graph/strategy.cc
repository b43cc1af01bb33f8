#include "graph/strategy.h"

#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, kStrategies> kNames = {"cpu",    "gpu",        "npu",   "pad",
                                                              "weight", "activation", "hybrid"};

}  // namespace

std::string_view strategy_name(Strategy strategy) { return kNames[static_cast<size_t>(strategy)]; }

std::optional<Strategy> strategy_by_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Strategy>(i);
  }
  return std::nullopt;
}

}  // namespace tandem
