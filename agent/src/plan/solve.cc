#include "plan/solve.h"

#include <algorithm>
#include <set>

#include "plan/budget.h"
#include "plan/lengths.h"
#include "plan/overrides.h"
#include "plan/plan_writer.h"
#include "plan/step.h"

namespace tandem {
namespace {

constexpr int64_t kLongestStep = 65536;
// A plan without a bound of its own: on a model of 0.2 B parameters the best plan holds 7 copies, and is no
// faster.
constexpr int64_t kWeightCopies = 3;

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
  SolverSettings bounds = settings;
  if (bounds.max_graph_bytes == 0) bounds.max_graph_bytes = kWeightCopies * weights_on_npu(shape, costs);
  if (const auto menus = choose_menus(solutions, shape, costs, bounds)) {
    for (StepSolution& solution : solutions) solution = solver.solve_again(std::move(solution), *menus);
  }

  Plan plan;
  plan.settings = settings;
  plan.origin = costs.origin();
  plan.cost_model = costs.name();
  plan.primary = costs.primary();
  plan.has_npu = costs.has_npu();
  plan.notes = std::move(overrides.notes);
  PlanWriter writer(costs, shape, solver, plan);
  for (const StepSolution& solution : solutions) writer.add_length(solution);
  writer.add_graphs(solutions);
  add_notes(solutions, shape, costs, plan);
  return plan;
}

}  // namespace tandem
