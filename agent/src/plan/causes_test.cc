#include "plan/causes.h"

#include <gtest/gtest.h>

#include <set>

#include "plan/solve.h"
#include "plan/testing.h"

namespace tandem {
namespace {

using namespace testing_plan;

// The cause of the only matmul at this length.
Cause cause_at(int64_t tokens, const ToyCosts& costs, const SolverSettings& settings = {}, int64_t n = 4096,
               int64_t k = 4096) {
  const ShapedModel model = single_matmul(n, k);
  const auto plan = solve(model.graph, model.weights, costs, settings, 512);
  EXPECT_TRUE(plan.ok());
  return plan->placement(plan->at(tokens), 1).cause;
}

TEST(Causes, EachCanBeReached) {
  std::set<Cause> reached;
  const auto expect = [&](Cause cause, Cause found) {
    EXPECT_EQ(cause_name(found), cause_name(cause));
    reached.insert(found);
  };
  const ToyCosts toy;
  {
    const ShapedModel model = single_matmul(4096, 4096);
    const auto plan = solve(model.graph, model.weights, toy, {}, 64);
    expect(Cause::kNotAMatmul, plan->placement(plan->at(1), 0).cause);
  }
  ToyCosts alone = toy;
  alone.npu = false;
  expect(Cause::kNoNpu, cause_at(256, alone));
  ToyCosts computing = toy;
  computing.primary_rate = 5;  // Twice the tokens take the primary twice as long.
  expect(Cause::kFastest, cause_at(256, computing));
  expect(Cause::kBandwidthAdds, cause_at(1, toy));
  ToyCosts slow = toy;
  slow.npu_rate = slow.npu_bytes_rate = 1e-3;
  expect(Cause::kNpuSlowOnThisShape, cause_at(256, slow));
  expect(Cause::kBelowNpuMinimum, cause_at(256, toy, {.min_npu_tokens = 400}));
  ToyCosts dear = toy;
  dear.sync_costs.join_us = 1e5;
  expect(Cause::kJoinNotWorthIt, cause_at(256, dear));
  expect(Cause::kGraphBudgetSpent, cause_at(256, toy, {.max_graphs = 0}));
  expect(Cause::kGpuShareCap, cause_at(256, toy, {.gpu_share_cap = 0.2}));
  expect(Cause::kStrategyNotAllowed, cause_at(256, toy, {.strategies = {}}));
  ToyCosts lacking = toy;
  lacking.support = NpuSupport::kTypeNotSupported;
  expect(Cause::kTypeNotOnNpu, cause_at(256, lacking));
  lacking.support = NpuSupport::kShapeRefused;
  expect(Cause::kNpuRefusedShape, cause_at(256, lacking));
  expect(Cause::kOverride, cause_at(256, toy, {.overrides = {{"mat*", Strategy::kGpu, 0}}}));
  ToyCosts powered = toy;
  powered.power_figures = {0.1, 8, 0.5, 0, true};
  expect(Cause::kLeastEnergy, cause_at(256, powered, {.objective = Objective::kEnergy}));
  EXPECT_EQ(reached.size(), static_cast<size_t>(kCauses));
}

TEST(Causes, LosersAreOneOfEachOtherStrategyBestFirst) {
  const ShapedModel model = single_matmul(4096, 4096);
  const auto plan = solve(model.graph, model.weights, ToyCosts(), {}, 512);
  ASSERT_TRUE(plan.ok());
  for (const Placement& placement : plan->placements) {
    std::set<Strategy> seen = {placement.chosen.strategy};
    double last = 0;
    for (const Candidate& lost : placement.lost) {
      EXPECT_TRUE(seen.insert(lost.strategy).second);
      EXPECT_GE(lost.total_us, last);
      last = lost.total_us;
    }
  }
}

}  // namespace
}  // namespace tandem
