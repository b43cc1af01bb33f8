// The placements of all ops at one length.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/candidates.h"
#include "plan/chain_shape.h"
#include "plan/clock.h"
#include "plan/pieces.h"
#include "plan/place.h"
#include "plan/plan.h"

namespace tandem {

struct StepSolution {
  TokenSpan span;                            // Solved at its last length.
  std::vector<std::vector<Option>> options;  // Of each class.
  Slowdowns slowdowns;
  std::vector<SegmentSolution> segments;  // Of each distinct segment.
  // What latency alone would have chosen, where something else counts as well; else empty.
  std::vector<SegmentSolution> fastest;
  std::vector<bool> order_failed;  // Of each class.
  double step_us = 0, primary_busy_us = 0, npu_busy_us = 0;
  bool over_cap = false;  // The GPU's share could not be brought under the cap.

  [[nodiscard]] const Option& chosen(const SegmentOp& op, int32_t choice) const {
    return options[static_cast<size_t>(op.op_class)][static_cast<size_t>(choice)];
  }
};

class StepSolver {
 public:
  // All of it outlives the solver.
  StepSolver(const Graph& graph, const Weights& weights, const CostModel& costs,
             const SolverSettings& settings, const ChainShape& shape, const std::vector<PieceSet>& sets);

  [[nodiscard]] StepSolution solve(int64_t tokens, Care care);

  // The same step with the graphs of these menus only, one menu for each class.
  [[nodiscard]] StepSolution solve_again(StepSolution solution, const std::vector<GraphMenu>& menus);

  // The time of a step of `tokens` that is placed as a solution's, which runs there.
  [[nodiscard]] double time_at(const StepSolution& solution, int64_t tokens);

  // The fewest tokens that a solution's placements run at.
  [[nodiscard]] int64_t least_tokens(const StepSolution& solution) const;

  // Other lengths may share the graphs that were chosen.
  void adopt(const StepSolution& solution);

  [[nodiscard]] CandidateMaker& maker(int32_t op_class) { return *makers_[static_cast<size_t>(op_class)]; }

 private:
  // The options as they are; then simplified, where nothing but time counts; also refined, where new graphs
  // may be had.
  enum class Effort : uint8_t { kOptions, kSimplified, kRefined };

  // One row of logits costs the same in steps of all lengths, so that what is found for it at first holds.
  struct OfLogits {
    bool filled = false;
    std::vector<std::vector<Option>> options;  // Of each class.
    std::vector<SegmentSolution> segments;
    std::vector<bool> order_failed;  // Of each class.
  };

  [[nodiscard]] std::vector<double> head_starts(const TokenSpan& span, size_t op_class, Care care) const;
  void make_options(StepSolution& solution, Care care);
  void find_slowdowns(StepSolution& solution) const;
  void choose(StepSolution& solution, bool new_graphs, OfLogits& of_logits);
  void solve_segments(StepSolution& solution, const ClockCosts& costs, Effort effort, OfLogits* of_logits);
  [[nodiscard]] bool runs_with(const StepSolution& solution, const std::vector<GraphMenu>& menus) const;
  void keep_under_cap(StepSolution& solution);
  void add_up(StepSolution& solution) const;
  [[nodiscard]] double other_us(const OpClass& op_class, int64_t tokens) const;

  const Graph& graph_;
  const Weights& weights_;
  const CostModel& costs_;
  const SolverSettings& settings_;
  const ChainShape& shape_;
  CandidateRules rules_;
  ClockCosts clock_;
  std::vector<bool> logits_only_;  // Of each segment: its ops all have one row, whatever the step's length.
  OfLogits free_, restricted_;
  std::vector<std::unique_ptr<CandidateMaker>> makers_;  // Null for other ops than matmuls.
};

}  // namespace tandem
