// The paper's Table 3 on the calibrated description: the strategy of each row, and the ratio of its split.
#include <gtest/gtest.h>

#include "plan/solve.h"
#include "plan/testing.h"
#include "profile/soc.h"
#include "profile/soc_costs.h"

namespace tandem {
namespace {

using namespace testing_plan;

struct Row {
  int64_t n, k;
  int64_t first, last;  // Tokens.
  Strategy strategy;
  double gpu_share;  // Of the rows; negative: no ratio.
};

constexpr double kNoRatio = -1;
constexpr Row kRows[] = {
    {4096, 4096, 1, 1, Strategy::kWeight, 0.5},
    {28672, 4096, 1, 1, Strategy::kWeight, 0.75},
    {4096, 14336, 1, 1, Strategy::kGpu, kNoRatio},
    {4096, 4096, 128, 128, Strategy::kNpu, kNoRatio},
    {4096, 4096, 193, 255, Strategy::kPad, kNoRatio},
    {4096, 4096, 256, 256, Strategy::kNpu, kNoRatio},
    {4096, 4096, 257, 272, Strategy::kActivation, kNoRatio},
    {4096, 14336, 256, 256, Strategy::kWeight, 0.4},
    {4096, 14336, 257, 384, Strategy::kHybrid, 0.4},
};

TEST(Table3, EveryRowIsPlacedAsInThePaper) {
  // Ops one by one, as the table lists them, on the standard lengths that the paper names.
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value(), Surroundings::kIsolated);
  SolverSettings settings;
  settings.standard_lengths = {1, 32, 128, 256, 512, 1024};
  settings.max_graph_bytes = int64_t{1} << 50;  // One weight of many lengths is no model.
  for (const Row& row : kRows) {
    const ShapedModel model = single_matmul(row.n, row.k);
    const auto plan = solve(model.graph, model.weights, costs, settings, 512);
    ASSERT_TRUE(plan.ok());
    for (int64_t tokens = row.first; tokens <= row.last; ++tokens) {
      const Placement& placed = plan->placement(plan->at(tokens), 1);
      EXPECT_EQ(strategy_name(placed.chosen.strategy), strategy_name(row.strategy))
          << row.n << " x " << row.k << " at " << tokens << " tokens\n"
          << print_plan(model.graph, *plan);
      if (placed.chosen.strategy != row.strategy) break;
      if (row.gpu_share < 0) continue;
      const double share = 1 - static_cast<double>(placed.chosen.npu_rows) / static_cast<double>(row.n);
      EXPECT_NEAR(share, row.gpu_share, 0.1) << row.n << " x " << row.k << " at " << tokens << " tokens";
    }
  }
}

}  // namespace
}  // namespace tandem
