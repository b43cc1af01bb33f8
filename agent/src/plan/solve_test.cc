#include "plan/solve.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

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

// Compares with plan/testdata/<name>; UPDATE_GOLDEN=1 rewrites it, a difference leaves <name>.actual beside
// it.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TANDEM_SOURCE) + "/src/plan/testdata/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  if (golden.str() != text) std::ofstream(path + ".actual") << text;
  EXPECT_EQ(golden.str(), text) << "see " << path << ".actual";
}

TEST(Solve, PlansReadAsInTheirGoldenFiles) {
  const ShapedModel model = shaped_model(llama_8b());
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  SolverSettings settings;
  settings.standard_lengths = {1, 32, 64, 128, 256, 512};
  expect_golden("llama-3-8b.txt",
                print_plan(model.graph, *solve(model.graph, model.weights, costs, settings, 512)));
  settings.sync = SyncMode::kDriver;
  settings.max_graphs = 1000;
  settings.overrides = {{"*attn_k", Strategy::kGpu, 0}};
  expect_golden("llama-3-8b-driver-1000-graphs.txt",
                print_plan(model.graph, *solve(model.graph, model.weights, costs, settings, 512)));
}

TEST(Solve, BudgetsHold) {
  const ShapedModel model = shaped_model(llama_8b(4));
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  const SolverSettings unbounded{
      .max_graphs = 1 << 20, .max_graph_bytes = int64_t{1} << 50, .max_compile_ms = 0};
  const auto free = solve(model.graph, model.weights, costs, unbounded, 512);
  ASSERT_TRUE(free.ok());
  double last = free->at(512).step_us + free->at(1).step_us;
  for (const int64_t graphs : {1000, 300, 100, 30, 0}) {
    const auto plan = solve(model.graph, model.weights, costs, {.max_graphs = graphs}, 512);
    ASSERT_TRUE(plan.ok());
    EXPECT_LE(static_cast<int64_t>(plan->graphs.size()), graphs);
    if (graphs == 0) {
      EXPECT_GE(plan->at(512).step_us + plan->at(1).step_us, last);
    }
  }
  const double half_ms = free->compile_ms / 2;
  EXPECT_LE(solve(model.graph, model.weights, costs, {.max_compile_ms = half_ms}, 512)->compile_ms, half_ms);
  const int64_t half_bytes = free->graph_bytes / 2;
  EXPECT_LE(solve(model.graph, model.weights, costs, {.max_graph_bytes = half_bytes}, 512)->graph_bytes,
            half_bytes);
}

TEST(Solve, HoldsTheWeightsThreeTimesUnlessABoundIsGiven) {
  const ShapedModel model = shaped_model(llama_8b(4));
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  int64_t weights = 0;
  for (const Op& op : model.graph.ops) {
    if (op.kind == OpKind::kMatmul)
      weights += costs.graph_weight_bytes({1, op.n, op.k, model.weights.view(op.weight).type});
  }
  SolverSettings settings{.max_graphs = 1 << 20, .max_compile_ms = 0};
  const auto bounded = solve(model.graph, model.weights, costs, settings, 1024);
  settings.max_graph_bytes = int64_t{1} << 50;
  const auto best = solve(model.graph, model.weights, costs, settings, 1024);
  ASSERT_TRUE(bounded.ok() && best.ok());
  EXPECT_LE(bounded->graph_bytes, 3 * weights);
  EXPECT_GT(best->graph_bytes, 3 * weights) << "the bound binds";
}

TEST(Solve, GraphsOfAllLengthsCountTheirCommonWeightsOnce) {
  const ShapedModel model = shaped_model(llama_8b(1));
  ToyCosts costs;
  costs.bytes_of_graph = 0;
  costs.bytes_per_weight = 2;
  SolverSettings settings{.max_graphs = 1 << 20, .max_compile_ms = 0};
  constexpr int64_t kNoBound = int64_t{1} << 50;
  for (int64_t bound = kNoBound;; bound = bound == kNoBound ? 400'000'000 : bound / 2) {
    settings.max_graph_bytes = bound;
    const auto plan = solve(model.graph, model.weights, costs, settings, 512);
    ASSERT_TRUE(plan.ok());
    std::set<std::pair<OpId, int64_t>> held;
    int64_t bytes = 0;
    for (const GraphSpec& graph : plan->graphs) {
      if (!held.emplace(graph.op, graph.rows).second) continue;
      bytes += 2 * graph.rows * model.graph.ops[static_cast<size_t>(graph.op)].k;
    }
    EXPECT_EQ(plan->graph_bytes, bytes);
    EXPECT_LE(bytes, bound);
    if (bound == kNoBound) {
      EXPECT_LT(held.size(), plan->graphs.size()) << "some lengths share weights";
    }
    if (bound < 10'000'000) break;
  }
}

TEST(Solve, EveryPlacementRunsAtEveryLengthOfItsSpan) {
  const ShapedModel model = shaped_model(llama_8b(2));
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  for (const int64_t max_tokens : {1, 31, 100, 512, 777, 2000}) {
    const auto plan = solve(model.graph, model.weights, costs, {}, max_tokens);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->max_tokens(), max_tokens);
    for (const LengthPlan& length : plan->lengths) {
      for (size_t i = 0; i < model.graph.ops.size(); ++i) {
        const Op& op = model.graph.ops[i];
        const Candidate& chosen = plan->placement(length, static_cast<OpId>(i)).chosen;
        int64_t sum = 0;
        for (const int64_t piece : chosen.pieces) sum += piece;
        const int64_t first = op.rows == Rows::kLogits ? 1 : length.first;
        const int64_t last = op.rows == Rows::kLogits ? 1 : length.last;
        if (chosen.pieces.empty()) continue;
        if (chosen.strategy == Strategy::kActivation) {
          EXPECT_LT(sum, first);
        } else {
          EXPECT_GE(sum, last) << op.name;
          EXPECT_LT(sum - chosen.pieces.back(), first) << op.name;
        }
        EXPECT_GT(chosen.npu_rows, 0);
        EXPECT_LE(chosen.npu_rows, op.n);
      }
    }
  }
}

TEST(Solve, TheCapOnTheGpusShareHoldsOrIsNoted) {
  const ShapedModel model = shaped_model(llama_8b(4));
  const SocCostModel costs(built_in_soc("snapdragon-8-gen-3").value());
  for (const double cap : {0.8, 0.5, 0.3, 0.05}) {
    const auto plan =
        solve(model.graph, model.weights, costs, {.max_graphs = 1 << 20, .gpu_share_cap = cap}, 256);
    ASSERT_TRUE(plan.ok());
    bool over = false;
    for (const LengthPlan& length : plan->lengths)
      over |= length.primary_busy_us > cap * length.step_us * 1.0001;
    EXPECT_EQ(over, !plan->notes.empty()) << cap;
  }
}

TEST(Solve, RefusesSettingsAndLengthsThatMakeNoSense) {
  const ShapedModel model = single_matmul(64, 64);
  EXPECT_EQ(solve(model.graph, model.weights, ToyCosts(), {.row_step = 0}, 64).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(solve(model.graph, model.weights, ToyCosts(), {}, 0).error().code, ErrorCode::kInvalidArgument);
}

TEST(Plan, OnThePrimaryAlone) {
  const ShapedModel model = shaped_model(llama_8b(1));
  const Plan plan = plan_on_primary(model.graph, ProcessorKind::kCpu, 256);
  EXPECT_EQ(plan.max_tokens(), 256);
  for (size_t i = 0; i < model.graph.ops.size(); ++i) {
    EXPECT_EQ(plan.placement(plan.at(7), static_cast<OpId>(i)).chosen.strategy, Strategy::kCpu);
  }
}

}  // namespace
}  // namespace tandem
