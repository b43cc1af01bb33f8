#include "plan/solve.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "plan/testing.h"
#include "profile/soc.h"
#include "profile/soc_costs.h"

namespace tandem {
namespace {

using namespace testing_plan;

TEST(Solve, CoversAllLengthsWithoutGaps) {
  const ShapedModel model = shaped_model(llama_8b());
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  const auto begin = std::chrono::steady_clock::now();
  const auto plan = solve(model.graph, model.weights, costs, {}, 1024);
  const auto spent = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  int64_t next = 1;
  for (const LengthPlan& length : plan->lengths) {
    EXPECT_EQ(length.first, next);
    EXPECT_EQ(length.placement.size(), model.graph.ops.size());
    next = length.last + 1;
  }
  EXPECT_EQ(next, 1025);
  std::printf("%zu lengths, %zu graphs, %.2f ms\n", plan->lengths.size(), plan->graphs.size(),
              std::chrono::duration<double, std::milli>(spent).count());
}

}  // namespace
}  // namespace tandem
