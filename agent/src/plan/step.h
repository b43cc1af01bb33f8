// The placements of all ops at one length.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/candidates.h"
#include "plan/chain.h"
#include "plan/chain_shape.h"
#include "plan/pieces.h"
#include "plan/plan.h"

namespace tandem {

// A graph that only one length would use has to save more than this part of its segment's time.
inline constexpr double kGraphWorth = 0.03;

struct StepSolution {
  TokenSpan span;                                     // Solved at its last length.
  std::vector<std::vector<CandidateOption>> options;  // Of each class of matmuls.
  std::vector<std::vector<LaneTimes>> times;          // Of each class; options that are not barred.
  std::vector<std::vector<int32_t>> allowed;          // Of each class: `times` -> `options`.
  // Of each class: those of `times` whose graphs other lengths have, and which they are; empty: not asked
  // for.
  std::vector<std::vector<LaneTimes>> shared_times;
  std::vector<std::vector<int32_t>> shared;
  Slowdowns slowdowns;
  std::vector<SegmentSolution> segments;  // Of each distinct segment.
  // What latency alone would have chosen, where something else counts as well; else empty.
  std::vector<SegmentSolution> fastest;
  std::vector<bool> order_failed;  // Of each class.
  double step_us = 0, primary_busy_us = 0, npu_busy_us = 0;
  bool over_cap = false;  // The GPU's share could not be brought under the cap.

  [[nodiscard]] const CandidateOption& chosen(const SegmentOp& op, int32_t choice) const {
    const auto at = static_cast<size_t>(op.op_class);
    return options[at][static_cast<size_t>(allowed[at][static_cast<size_t>(choice)])];
  }
};

class StepSolver {
 public:
  // All of it outlives the solver.
  StepSolver(const Graph& graph, const Weights& weights, const CostModel& costs,
             const SolverSettings& settings, const ChainShape& shape, const std::vector<PieceSet>& sets);

  // At span.last tokens. With `sharing`, segments keep to graphs that were adopted, unless others save more
  // than kGraphWorth.
  [[nodiscard]] StepSolution solve(const TokenSpan& span, bool sharing);

  // The same step with the graphs of these menus only, one menu for each class.
  [[nodiscard]] StepSolution solve_again(StepSolution solution, const std::vector<GraphMenu>& menus);

  // The time of a step of `tokens` that is placed as a solution's; nothing where it does not run.
  [[nodiscard]] std::optional<double> time_at(const StepSolution& solution, int64_t tokens);

  // Other lengths may share the graphs that were chosen.
  void adopt(const StepSolution& solution);

  [[nodiscard]] CandidateMaker& maker(int32_t op_class) { return *makers_[static_cast<size_t>(op_class)]; }

 private:
  void make_options(StepSolution& solution, bool thorough);
  void take_allowed(StepSolution& solution, size_t op_class) const;
  void choose(StepSolution& solution) const;
  void find_slowdowns(StepSolution& solution) const;
  void solve_segments(StepSolution& solution, const ChainCosts& costs) const;
  static void find_shared(StepSolution& solution);
  SegmentSolution solve_one(const Segment& segment, const StepSolution& solution,
                            const ChainCosts& costs) const;
  void keep_under_cap(StepSolution& solution) const;
  void add_up(StepSolution& solution) const;
  void polish_all(StepSolution& solution);
  void polish(StepSolution& solution, size_t segment);
  bool polish_op(StepSolution& solution, size_t segment, size_t op);
  bool try_choice(StepSolution& solution, size_t segment, size_t op, int32_t choice) const;
  double other_us(const OpClass& op_class, int64_t tokens) const;

  const Graph& graph_;
  const Weights& weights_;
  const CostModel& costs_;
  const SolverSettings& settings_;
  const ChainShape& shape_;
  CandidateRules rules_;
  ChainCosts chain_;
  std::vector<std::unique_ptr<CandidateMaker>> makers_;  // Null for other ops than matmuls.
};

}  // namespace tandem
