#include "plan/plan_writer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/budget.h"
#include "plan/causes.h"

namespace tandem {
namespace {

// Twice the tokens take less than this many times as long: memory is what the op waits for.

// To three digits: costs are not known better, and equal placements are to be equal.
double rounded(double us) {
  if (!(us > 1e-3) || !(us < 1e12)) return us;
  double unit = 1;
  while (us >= 1000 * unit) unit *= 10;
  while (us < 100 * unit) unit /= 10;
  return std::round(us / unit) * unit;
}

void round_times(Candidate& candidate) {
  for (double* us : {&candidate.primary_us, &candidate.npu_us, &candidate.sync_us, &candidate.total_us}) {
    *us = rounded(*us);
  }
}

void add_numbers(const Candidate& candidate, std::vector<double>& numbers) {
  numbers.insert(numbers.end(),
                 {static_cast<double>(candidate.strategy), static_cast<double>(candidate.npu_rows),
                  candidate.primary_us, candidate.npu_us, candidate.sync_us, candidate.total_us,
                  candidate.predicted ? 1.0 : 0.0, static_cast<double>(candidate.pieces.size())});
  numbers.insert(numbers.end(), candidate.pieces.begin(), candidate.pieces.end());
}

}  // namespace

void PlanWriter::add_length(const StepSolution& solution) {
  LengthPlan length{.first = solution.span.first,
                    .last = solution.span.last,
                    .length = solution.span.last,
                    .step_us = solution.step_us,
                    .primary_busy_us = solution.primary_busy_us,
                    .npu_busy_us = solution.npu_busy_us};
  std::vector<std::vector<int32_t>> of_segment(shape_.segments.size());
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    for (size_t i = 0; i < shape_.segments[s].ops.size(); ++i) {
      of_segment[s].push_back(placement(solution, s, i));
    }
  }
  length.placement.reserve(shape_.class_of_op.size());
  for (const SegmentInstance& instance : shape_.instances) {
    const auto& placements = of_segment[static_cast<size_t>(instance.segment)];
    length.placement.insert(length.placement.end(), placements.begin(), placements.end());
  }
  plan_.lengths.push_back(std::move(length));
}

int32_t PlanWriter::placement(const StepSolution& solution, size_t segment, size_t op) {
  Placement made = make_placement(solution, segment, op);
  std::vector<double> numbers = {static_cast<double>(made.cause)};
  add_numbers(made.chosen, numbers);
  for (const Candidate& lost : made.lost) add_numbers(lost, numbers);
  const auto [found, added] =
      known_.try_emplace(std::move(numbers), static_cast<int32_t>(plan_.placements.size()));
  if (added) plan_.placements.push_back(std::move(made));
  return found->second;
}

Placement PlanWriter::make_placement(const StepSolution& solution, size_t segment, size_t op) {
  const int32_t op_class = shape_.segments[segment].ops[op].op_class;
  const OpClass& one = shape_.classes[static_cast<size_t>(op_class)];
  const std::vector<Option>& options = solution.options[static_cast<size_t>(op_class)];
  const SegmentSolution& held = solution.segments[segment];
  const auto chosen = static_cast<size_t>(held.choice[op]);
  Placement made{.chosen = candidate_of(options[chosen], held.run.sync_us[op]), .cause = Cause::kNotAMatmul};
  if (one.matmul) {
    CandidateMaker& maker = solver_.maker(op_class);
    const int64_t tokens = one.rows == Rows::kLogits ? 1 : solution.span.last;
    const bool ordered = one.override_index >= 0 && !solution.order_failed[static_cast<size_t>(op_class)];
    const bool not_fastest =
        !solution.fastest.empty() && solution.fastest[segment].choice[op] != held.choice[op];
    made.cause =
        find_cause(options, chosen,
                   {.has_npu = costs_.has_npu(),
                    .support = maker.support(),
                    .ordered = ordered,
                    .not_fastest = not_fastest,
                    .for_energy = plan_.settings.objective == Objective::kEnergy && !cap_counts(solution),
                    .memory_bound = costs_.has_npu() && maker.costs().growth(tokens) < kMemoryBoundGrowth});
    made.lost = best_losers(options, chosen);
  }
  round_times(made.chosen);
  for (Candidate& lost : made.lost) round_times(lost);
  return made;
}

bool PlanWriter::cap_counts(const StepSolution& solution) const {
  return plan_.settings.gpu_share_cap < 1 &&
         solution.primary_busy_us > 0.9 * plan_.settings.gpu_share_cap * solution.step_us;
}

void PlanWriter::add_graphs(const std::vector<StepSolution>& solutions) {
  std::vector<std::vector<GraphMenu>> of_segment(shape_.segments.size());
  for (size_t s = 0; s < shape_.segments.size(); ++s) {
    for (size_t i = 0; i < shape_.segments[s].ops.size(); ++i) {
      of_segment[s].push_back(graphs_of(solutions, shape_, s, i));
    }
  }
  for (const SegmentInstance& instance : shape_.instances) {
    const auto& menus = of_segment[static_cast<size_t>(instance.segment)];
    for (size_t i = 0; i < menus.size(); ++i) {
      const OpId op = instance.first + static_cast<OpId>(i);
      const int64_t n =
          shape_.classes[static_cast<size_t>(shape_.class_of_op[static_cast<size_t>(op)])].work.n;
      for (const auto& [rows, tokens] : menus[i]) plan_.graphs.push_back({op, n - rows, rows, tokens});
    }
  }
  const GraphTotals totals = graph_totals(solutions, shape_, costs_);
  plan_.compile_ms = totals.compile_us / 1e3;
  plan_.graph_bytes = totals.bytes;
}

}  // namespace tandem
