// Solutions at the lengths, turned into the plan's tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/step.h"

namespace tandem {

class PlanWriter {
 public:
  // All of it outlives the writer.
  PlanWriter(const CostModel& costs, const ChainShape& shape, StepSolver& solver, Plan& plan)
      : costs_(costs), shape_(shape), solver_(solver), plan_(plan) {}

  // In ascending order. Placements that are equal with times of three digits exist once.
  void add_length(const StepSolution& solution);
  void add_graphs(const std::vector<StepSolution>& solutions);

 private:
  [[nodiscard]] int32_t placement(const StepSolution& solution, size_t segment, size_t op);
  [[nodiscard]] Placement make_placement(const StepSolution& solution, size_t segment, size_t op);
  [[nodiscard]] bool cap_counts(const StepSolution& solution) const;

  const CostModel& costs_;
  const ChainShape& shape_;
  StepSolver& solver_;
  Plan& plan_;
  std::map<std::vector<double>, int32_t> known_;  // Placements as numbers, in the plan's table.
};

}  // namespace tandem
