// Bounds on compiled NPU graphs: which graphs to do without so that the least time is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/step.h"

namespace tandem {

struct GraphTotals {
  int64_t graphs = 0;
  int64_t bytes = 0;
  double compile_us = 0;
};

// Rows and tokens of the graphs that op `op` of segment `segment` runs in these solutions.
[[nodiscard]] GraphMenu graphs_of(const std::vector<StepSolution>& solutions, const ChainShape& shape,
                                  size_t segment, size_t op);

// What all chosen graphs come to.
[[nodiscard]] GraphTotals graph_totals(const std::vector<StepSolution>& solutions, const ChainShape& shape,
                                       const CostModel& costs);

// Bytes of all matmul weights as the NPU holds them.
[[nodiscard]] int64_t weights_on_npu(const ChainShape& shape, const CostModel& costs);

[[nodiscard]] bool within_budget(const GraphTotals& totals, const SolverSettings& settings);

// The graphs of each class that may stay; nothing where all of them may.
[[nodiscard]] std::optional<std::vector<GraphMenu>> choose_menus(const std::vector<StepSolution>& solutions,
                                                                 const ChainShape& shape,
                                                                 const CostModel& costs,
                                                                 const SolverSettings& settings);

}  // namespace tandem
