#include "plan/lone_matmul.h"

#include <gtest/gtest.h>

#include "plan/testing.h"

namespace tandem {
namespace {

using testing_plan::ToyCosts;

constexpr MatmulWork kWork{.m = 0, .n = 4096, .k = 4096, .type = TensorType::kQ4_0};

TEST(LoneMatmul, IsFasterThanEitherProcessorAloneOrAsFast) {
  const ToyCosts costs;
  const SolverSettings settings;
  LoneMatmul matmul(kWork, costs, settings, 512);
  for (const int64_t tokens : {1, 31, 32, 100, 256, 300, 512}) {
    const Placement placement = matmul.place(tokens);
    EXPECT_LE(placement.chosen.total_us, matmul.primary(tokens).us + 1e-9) << tokens;
    EXPECT_NE(placement.cause, Cause::kNotAMatmul);
    for (const Candidate& lost : placement.lost) {
      EXPECT_GE(lost.total_us, placement.chosen.total_us - 1e-9) << tokens;
      EXPECT_NE(lost.strategy, placement.chosen.strategy) << tokens;
    }
  }
}

TEST(LoneMatmul, PaysBothJoinsOfASplitAndNoneOfThePrimaryAlone) {
  const ToyCosts costs;
  const SolverSettings settings;
  LoneMatmul matmul(kWork, costs, settings, 512);
  const Placement split = matmul.place(256);
  ASSERT_TRUE(split.chosen.npu_rows > 0);
  EXPECT_DOUBLE_EQ(split.chosen.sync_us, 2 * costs.sync_costs.join_us);
  EXPECT_DOUBLE_EQ(split.chosen.total_us,
                   std::max(split.chosen.primary_us, split.chosen.npu_us) + split.chosen.sync_us);
}

TEST(LoneMatmul, HasNoNpuWhereTheWeightIsRefused) {
  ToyCosts costs;
  costs.support = NpuSupport::kTypeNotSupported;
  const SolverSettings settings;
  LoneMatmul matmul(kWork, costs, settings, 64);
  EXPECT_FALSE(matmul.npu(64).has_value());
  const Placement placement = matmul.place(64);
  EXPECT_EQ(placement.chosen.strategy, Strategy::kGpu);
  EXPECT_EQ(placement.cause, Cause::kTypeNotOnNpu);
  EXPECT_TRUE(placement.lost.empty());
}

TEST(LoneMatmul, KeepsToTheStrategiesOfTheSettings) {
  const ToyCosts costs;
  SolverSettings settings;
  settings.strategies = {Strategy::kPad};
  LoneMatmul matmul(kWork, costs, settings, 512);
  const Placement placement = matmul.place(300);
  EXPECT_EQ(placement.chosen.strategy, Strategy::kGpu);
  EXPECT_EQ(placement.cause, Cause::kStrategyNotAllowed);
}

}  // namespace
}  // namespace tandem
