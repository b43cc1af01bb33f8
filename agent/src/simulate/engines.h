// Plans of the engines that a tensor-level one is compared with (paper, sections 2 and 5).
#pragma once

#include <cstdint>
#include <vector>

#include "plan/plan.h"
#include "plan/settings.h"

namespace tandem {

enum class Engine : uint8_t {
  kTensor,  // The solver's plan.
  kLayer,   // Matmuls of the prompt on the NPU, all else on the primary.
  kGpu,     // All on the primary.
  kNpu,     // Matmuls on the NPU, also in decode.
};
inline constexpr int kEngines = 4;
[[nodiscard]] std::string_view engine_name(Engine engine);

// What the engines with whole matmuls on the NPU do with a length that has no graph.
enum class Misfit : uint8_t {
  kPad,      // Pad to the next standard length.
  kPipe,     // Standard pieces one after another, the last one padded; pads where that takes less.
  kCompile,  // Compile graphs of this very length when the prompt comes.
};

// The plan of kLayer, kGpu or kNpu for steps of these numbers of tokens (ascending); other lengths are
// placed as the next greater of them.
[[nodiscard]] Plan baseline_plan(const Graph& graph, const Weights& weights, const CostModel& costs,
                                 const SolverSettings& settings, Engine engine, Misfit misfit,
                                 const std::vector<int64_t>& step_lengths);

}  // namespace tandem
