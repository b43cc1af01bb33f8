// The paper's Table 3: the strategy that the solver chooses for each row on the calibrated description.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plan/solve.h"
#include "plan/testing.h"
#include "profile/soc_costs.h"

namespace tandem {
namespace {

struct Row {
  int64_t n, k, first, last;  // Tokens.
  Strategy strategy;
  double gpu_share;  // Of the rows where a weight is split; else 0.
};

const std::vector<Row> kRows = {
    {4096, 4096, 1, 1, Strategy::kWeight, 0.5},       {28672, 4096, 1, 1, Strategy::kWeight, 0.75},
    {4096, 14336, 1, 1, Strategy::kGpu, 0},           {4096, 4096, 128, 128, Strategy::kNpu, 0},
    {4096, 4096, 193, 255, Strategy::kPad, 0},        {4096, 4096, 256, 256, Strategy::kNpu, 0},
    {4096, 4096, 257, 272, Strategy::kActivation, 0}, {4096, 14336, 256, 256, Strategy::kWeight, 0.4},
    {4096, 14336, 257, 384, Strategy::kHybrid, 0.4},
};

// Lengths for which the rows show graphs: 64 is not among them, since 128 + 64 would beat padding at 193.
SolverSettings settings() {
  SolverSettings made;
  made.standard_lengths = {1, 128, 256, 512, 1024};
  return made;
}

TEST(Table3, EveryRowHasThePapersStrategyAndShare) {
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value(), Surroundings::kIsolated);
  for (const Row& row : kRows) {
    const auto model = testing_plan::single_matmul(row.n, row.k);
    const auto plan = solve(model.graph, model.weights, costs, settings(), row.last);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    for (int64_t tokens = row.first; tokens <= row.last; ++tokens) {
      const Candidate& chosen = plan->placement(plan->at(tokens), 1).chosen;
      const std::string where = std::to_string(row.n) + " x " + std::to_string(row.k) + " at " +
                                std::to_string(tokens) + ": " + std::string(strategy_name(chosen.strategy));
      EXPECT_EQ(chosen.strategy, row.strategy) << where;
      if (row.gpu_share == 0) continue;
      const double share = 1 - static_cast<double>(chosen.npu_rows) / static_cast<double>(row.n);
      EXPECT_NEAR(share, row.gpu_share, 0.1) << where;
    }
  }
}

}  // namespace
}  // namespace tandem
