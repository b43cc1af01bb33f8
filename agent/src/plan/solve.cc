#include "plan/solve.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "plan/budget.h"
#include "plan/causes.h"
#include "plan/lengths.h"
#include "plan/overrides.h"
#include "plan/step.h"

namespace tandem {
namespace {

// Twice the tokens take less than this many times as long: memory is what the op waits for.
constexpr double kMemoryBoundGrowth = 1.25;
constexpr int64_t kLongestStep = 65536;

// Turns solutions into the plan's tables.
class PlanWriter {
 public:
  PlanWriter(const CostModel& costs, const SolverSettings& settings, const ChainShape& shape,
             StepSolver& solver, Plan& plan)
      : costs_(costs), settings_(settings), shape_(shape), solver_(solver), plan_(plan) {}

  void add_length(const StepSolution& solution) {
    LengthPlan length{.first = solution.span.first,
                      .last = solution.span.last,
                      .length = solution.span.last,
                      .step_us = solution.step_us,
                      .primary_busy_us = solution.primary_busy_us,
                      .npu_busy_us = solution.npu_busy_us};
    std::vector<std::vector<int32_t>> of_segment(shape_.segments.size());
    known_.clear();
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

  void add_graphs(const std::vector<StepSolution>& solutions) {
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

 private:
  int32_t placement(const StepSolution& solution, size_t s, size_t i) {
    const SegmentOp& op = shape_.segments[s].ops[i];
    const auto id = static_cast<size_t>(op.op_class);
    const SegmentSolution& segment = solution.segments[s];
    const bool not_fastest = !solution.fastest.empty() && solution.fastest[s].choice[i] != segment.choice[i];
    const auto [found, added] =
        known_.try_emplace({op.op_class, segment.choice[i], segment.sync_us[i], not_fastest},
                           static_cast<int32_t>(plan_.placements.size()));
    if (!added) return found->second;
    const auto chosen = static_cast<size_t>(solution.allowed[id][static_cast<size_t>(segment.choice[i])]);
    const std::vector<CandidateOption>& options = solution.options[id];
    Placement made{.chosen = options[chosen].candidate, .cause = Cause::kNotAMatmul};
    made.chosen.sync_us = segment.sync_us[i] + (made.chosen.npu_us > 0 ? options[chosen].copy_us : 0);
    made.chosen.total_us = std::max(made.chosen.primary_us, made.chosen.npu_us) + made.chosen.sync_us;
    if (shape_.classes[id].matmul) {
      made.cause = find_cause(options, chosen, facts(solution, op.op_class, not_fastest));
      made.lost = best_losers(options, chosen);
    }
    plan_.placements.push_back(std::move(made));
    return found->second;
  }

  ChoiceFacts facts(const StepSolution& solution, int32_t op_class, bool not_fastest) {
    const OpClass& one = shape_.classes[static_cast<size_t>(op_class)];
    CandidateMaker& maker = solver_.maker(op_class);
    const int64_t tokens = one.rows == Rows::kLogits ? 1 : solution.span.last;
    return {.has_npu = costs_.has_npu(),
            .support = maker.support(),
            .ordered = one.override_index >= 0 && !solution.order_failed[static_cast<size_t>(op_class)],
            .not_fastest = not_fastest,
            .for_energy = settings_.objective == Objective::kEnergy && !cap_counts(solution),
            .memory_bound = costs_.has_npu() && maker.growth(tokens) < kMemoryBoundGrowth};
  }

  [[nodiscard]] bool cap_counts(const StepSolution& solution) const {
    return settings_.gpu_share_cap < 1 &&
           solution.primary_busy_us > 0.9 * settings_.gpu_share_cap * solution.step_us;
  }

  const CostModel& costs_;
  const SolverSettings& settings_;
  const ChainShape& shape_;
  StepSolver& solver_;
  Plan& plan_;
  std::map<std::tuple<int32_t, int32_t, double, bool>, int32_t> known_;  // Placements of this length.
};

std::string lengths_text(const TokenSpan& span) {
  return span.first == span.last ? std::to_string(span.first)
                                 : std::to_string(span.first) + " to " + std::to_string(span.last);
}

void add_notes(const std::vector<StepSolution>& solutions, const ChainShape& shape, const CostModel& costs,
               Plan& plan) {
  const SolverSettings& settings = plan.settings;
  if (settings.objective == Objective::kEnergy && !costs.power().known) {
    plan.notes.push_back("The objective is energy, but " + costs.name() +
                         " states no power, so the plan is the fastest.");
  }
  for (const StepSolution& solution : solutions) {
    if (!solution.over_cap) continue;
    plan.notes.push_back(
        "No plan for steps of " + lengths_text(solution.span) +
        " tokens keeps the GPU's share under gpuShareCap; the one with the least share runs.");
    break;
  }
  std::set<int32_t> told;
  for (const StepSolution& solution : solutions) {
    for (size_t i = 0; i < shape.classes.size(); ++i) {
      const int32_t order = shape.classes[i].override_index;
      if (order < 0 || !solution.order_failed[i] || !told.insert(order).second) continue;
      plan.notes.push_back("The override \"" + settings.overrides[static_cast<size_t>(order)].pattern +
                           "\" cannot be followed in steps of " + lengths_text(solution.span) +
                           " tokens, so the solver chose there.");
    }
  }
}

Result<void> check_max_tokens(int64_t max_tokens) {
  if (max_tokens >= 1 && max_tokens <= kLongestStep) return {};
  return Error{ErrorCode::kInvalidArgument,
               "The longest step has to be from 1 to " + std::to_string(kLongestStep) + " tokens.",
               {{"field", "maxTokens"}}};
}

}  // namespace

Result<Plan> solve(const Graph& graph, const Weights& weights, const CostModel& costs,
                   const SolverSettings& settings, int64_t max_tokens) {
  TANDEM_TRY(check_settings(settings));
  TANDEM_TRY(check_max_tokens(max_tokens));
  ResolvedOverrides overrides = resolve_overrides(graph, settings.overrides);
  const ChainShape shape = find_chain_shape(graph, weights, overrides.of_op);
  const std::vector<PieceSet> sets =
      costs.has_npu() ? piece_sets(settings.standard_lengths, settings.max_pieces, max_tokens)
                      : std::vector<PieceSet>{};
  StepSolver solver(graph, weights, costs, settings, shape, sets);
  std::vector<StepSolution> solutions = solve_lengths(solver, sets, settings, max_tokens);
  if (const auto menus = choose_menus(solutions, shape, costs, settings)) {
    for (StepSolution& solution : solutions) solution = solver.solve_again(std::move(solution), *menus);
  }

  Plan plan;
  plan.settings = settings;
  plan.origin = costs.origin();
  plan.cost_model = costs.name();
  plan.primary = costs.primary();
  plan.has_npu = costs.has_npu();
  plan.notes = std::move(overrides.notes);
  PlanWriter writer(costs, settings, shape, solver, plan);
  for (const StepSolution& solution : solutions) writer.add_length(solution);
  writer.add_graphs(solutions);
  add_notes(solutions, shape, costs, plan);
  return plan;
}

}  // namespace tandem
