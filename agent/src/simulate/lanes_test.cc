#include "simulate/lanes.h"

#include <gtest/gtest.h>

#include "plan/testing.h"

namespace tandem {
namespace {

constexpr int64_t kN = 4096, kK = 4096;

// norm on the GPU, a matmul of which the GPU has the first `gpu_rows` rows, an op of the GPU behind it.
Schedule split(int64_t gpu_rows) {
  Schedule schedule;
  const auto part = [](OpId op, int64_t first, int64_t rows) {
    return Part{.op = op, .first_row = first, .rows = rows, .tokens = 1, .padded_tokens = 1};
  };
  schedule.parts[0] = {part(0, 0, kK), part(1, 0, gpu_rows), part(2, 0, kN)};
  schedule.parts[1] = {part(1, gpu_rows, kN - gpu_rows)};
  schedule.batches[0] = {{0, 1, 0, true}, {1, 1, 0, false}, {2, 1, 1, true}};
  schedule.batches[1] = {{0, 1, 1, true}};
  schedule.joins = 3;
  return schedule;
}

class Lanes : public testing::Test {
 protected:
  StepRun run(int64_t gpu_rows, double begin = 0) {
    const auto model = testing_plan::single_matmul(kN, kK);
    PartCosts part_costs(model.graph, model.weights, costs);
    StepRun result;
    const Schedule schedule = split(gpu_rows);
    run_lanes(schedule, step, costs.sync(SyncMode::kFast), begin, part_costs, result);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      for (size_t i = 0; i < schedule.parts[lane].size(); ++i) {
        alone[lane].push_back(part_costs.us(static_cast<Lane>(lane), schedule.parts[lane][i], step));
      }
    }
    return result;
  }

  const StepShape step{1, 0, 1};
  testing_plan::ToyCosts costs;  // join 10, submit 2, drained 20
  std::array<std::vector<double>, kLanes> alone;
};

TEST_F(Lanes, EachCostStandsWhereItBelongs) {
  costs.slowdown = 1;
  const StepRun got = run(1024);  // The GPU is done long before the NPU, and its queue runs empty.
  const auto& [gpu, npu] = got.parts;
  EXPECT_DOUBLE_EQ(gpu[0].begin, 20);
  EXPECT_DOUBLE_EQ(gpu[0].end, 20 + alone[0][0]);
  EXPECT_DOUBLE_EQ(gpu[1].ready, 22);
  EXPECT_DOUBLE_EQ(gpu[1].begin, std::max(22.0, gpu[0].end));
  EXPECT_DOUBLE_EQ(npu[0].begin, gpu[0].end + 10 + 2);
  EXPECT_DOUBLE_EQ(npu[0].end, npu[0].begin + alone[1][0]);
  ASSERT_GT(npu[0].end, gpu[1].end);
  EXPECT_DOUBLE_EQ(gpu[2].begin, npu[0].end + 10 + 20);
  EXPECT_DOUBLE_EQ(got.end, gpu[2].end + 10);
  EXPECT_DOUBLE_EQ(got.exposed_sync, 10 + 20 + 10);
  EXPECT_DOUBLE_EQ(got.both_busy, gpu[1].end - npu[0].begin);
  ASSERT_EQ(got.joins.size(), 3U);
  EXPECT_EQ(got.joins[0].lane, Lane::kNpu);
  EXPECT_EQ(got.joins[1].lane, Lane::kPrimary);
}

TEST_F(Lanes, AQueueThatStillHasWorkHidesTheSubmission) {
  const StepRun got = run(4000);  // The NPU is done long before the GPU.
  const auto& [gpu, npu] = got.parts;
  ASSERT_LT(npu[0].end + 12, gpu[1].end);
  EXPECT_DOUBLE_EQ(gpu[2].ready, npu[0].end + 10 + 2);
  EXPECT_DOUBLE_EQ(gpu[2].begin, gpu[1].end);
  EXPECT_DOUBLE_EQ(got.exposed_sync, 10);  // At the step's end.
}

TEST_F(Lanes, SharedBandwidthSlowsOnlyWhileBothRun) {
  costs.slowdown = 2;
  const StepRun got = run(1024);
  const auto& [gpu, npu] = got.parts;
  const double before = npu[0].begin - gpu[1].begin;  // The GPU alone.
  EXPECT_NEAR(gpu[1].end, npu[0].begin + 2 * (alone[0][1] - before), 1e-9);
  const double together = gpu[1].end - npu[0].begin;
  EXPECT_NEAR(npu[0].end, gpu[1].end + alone[1][0] - together / 2, 1e-9);
}

TEST_F(Lanes, TimesCountFromTheBegin) {
  const StepRun zero = run(1024), later = run(1024, 5000);
  EXPECT_NEAR(later.end - 5000, zero.end, 1e-6);
  EXPECT_NEAR(later.exposed_sync, zero.exposed_sync, 1e-6);
}

}  // namespace
}  // namespace tandem
