// Measures a tiny model on real processors; nothing is asserted about how fast they are.
#include "profile/measure.h"

#include <gtest/gtest.h>

#include "backends/cpu/cpu_processor.h"
#include "gguf/testing.h"
#include "model/testing.h"
#include "profile/part_timer.h"
#include "profile/profile_costs.h"
#include "profile/profile_json.h"

namespace tandem {
namespace {

using testing_model::tiny_model_bytes;

struct Built {
  std::string bytes = tiny_model_bytes({.type = TensorType::kQ4_0, .layers = 2});
  Weights weights;
  Graph graph;
  std::unique_ptr<cpu::CpuProcessor> primary, other;

  Built() {
    const auto file = GgufFile::parse(testing_gguf::as_bytes(bytes));
    const auto shape = read_hyper_parameters(*file);
    weights = find_weights(*file, *shape).value();
    graph = build_graph(*shape, weights, InPlace::kResidual);
    primary = cpu::CpuProcessor::create({.threads = 1}, System()).value();
    other = cpu::CpuProcessor::create({.threads = 1}, System()).value();
  }
  // A CPU stands in for the NPU: it prepares and runs the same parts.
  MeasureRequest request() {
    return {.graph = graph,
            .weights = weights,
            .primary = *primary,
            .npu = other.get(),
            .lengths = {1, 32, 64},
            .repetitions = 2};
  }
};

TEST(PartTime, IsTheDifferenceOfBatches) { EXPECT_DOUBLE_EQ(part_us(1020, 120, 9), 100); }

TEST(PartTime, IsNeverNothingBecauseOneBatchWasDisturbed) {
  EXPECT_DOUBLE_EQ(part_us(1000, 5000, 9), 100);
  EXPECT_DOUBLE_EQ(part_us(1000, 1000, 9), 100);
}

TEST(Measure, FillsAProfileThatAnswersAllItsShapes) {
  Built built;
  Profile profile;
  MeasureRequest request = built.request();
  int64_t last = 0;
  request.progress = [&](const MeasureProgress& progress) {
    EXPECT_EQ(progress.done, last + 1);
    EXPECT_LE(progress.done, progress.total);
    EXPECT_GE(progress.remaining_s, 0);
    last = progress.done;
  };
  const auto measured = measure(request, profile);
  ASSERT_TRUE(measured.ok()) << measured.error().message;
  EXPECT_TRUE(profile.complete);
  EXPECT_TRUE(profile.synced);
  EXPECT_GT(profile.bandwidths.primary_together, 0);
  EXPECT_GT(profile.bandwidths.npu_together, 0);
  for (const SyncCosts& sync : {profile.fast, profile.driver}) {
    // Differences of measured times, not below 0: on a loaded machine they drown in the noise.
    EXPECT_GE(std::min(sync.join_us, sync.drained_submit_us), 0);
    EXPECT_LT(sync.join_us, 1e6);
  }
  EXPECT_FALSE(profile.compiles.empty());
  const ProfileCostModel costs(profile);
  for (const Op& op : built.graph.ops) {
    if (op.kind != OpKind::kMatmul) continue;
    const TensorType type = built.weights.view(op.weight).type;
    for (const ProcessorKind kind : {ProcessorKind::kCpu, ProcessorKind::kNpu}) {
      const Estimate estimate = costs.matmul(kind, {op.rows == Rows::kLogits ? 1 : 32, op.n, op.k, type});
      EXPECT_GT(estimate.us, 0);
      EXPECT_FALSE(estimate.predicted) << op.name;
    }
  }
  EXPECT_TRUE(read_profile(profile_text(profile), nullptr).ok());
}

TEST(Measure, GoesOnWhereItWasStopped) {
  Built built;
  Profile profile;
  MeasureRequest request = built.request();
  request.progress = [&](const MeasureProgress& progress) {
    if (progress.done == 7) request.cancel.cancel();
  };
  const auto stopped = measure(request, profile);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(profile.complete);
  const size_t kept = profile.matmuls.size();
  EXPECT_GT(kept, 0U);
  Profile again = read_profile(profile_text(profile), nullptr).value();
  request.cancel = {};
  request.progress = nullptr;
  ASSERT_TRUE(measure(request, again).ok());
  EXPECT_TRUE(again.complete);
  for (size_t i = 0; i < kept; ++i) EXPECT_EQ(again.matmuls[i].timing.us, profile.matmuls[i].timing.us);
  int64_t left = 0;
  request.progress = [&](const MeasureProgress& progress) { left = progress.total; };
  ASSERT_TRUE(measure(request, again).ok());
  EXPECT_EQ(left, 0);
}

TEST(Measure, StopsWhereItsBudgetEnds) {
  Built built;
  Profile profile;
  MeasureRequest request = built.request();
  request.budget_s = 1e-6;
  ASSERT_TRUE(measure(request, profile).ok());
  EXPECT_FALSE(profile.complete);
  for (const ProcessorKind processor : {profile.primary, ProcessorKind::kNpu})
    EXPECT_EQ(std::ranges::count(profile.matmuls, processor, &MatmulSample::processor), 2);
  std::set<OpKind> kinds, measured;
  for (const Op& op : request.graph.ops)
    if (op.kind != OpKind::kMatmul) kinds.insert(op.kind);
  for (const OtherSample& one : profile.others) {
    EXPECT_TRUE(measured.insert(one.kind).second);
  }
  EXPECT_EQ(measured, kinds);
  // Every time can be predicted from it.
  const ProfileCostModel costs(profile);
  const MatmulWork work = profile.matmuls.front().work;
  for (const ProcessorKind processor : {profile.primary, ProcessorKind::kNpu})
    EXPECT_GT(costs.matmul(processor, {512, work.n * 2, work.k, work.type}).us, 1);
  request.budget_s = 0;
  ASSERT_TRUE(measure(request, profile).ok());
  EXPECT_TRUE(profile.complete) << "it goes on where it ended";
}

TEST(Measure, WithoutAnNpuThePrimaryIsMeasuredAlone) {
  Built built;
  Profile profile;
  MeasureRequest request = built.request();
  request.npu = nullptr;
  ASSERT_TRUE(measure(request, profile).ok());
  EXPECT_FALSE(profile.has_npu);
  EXPECT_EQ(profile.bandwidths.npu_alone, 0);
  for (const MatmulSample& sample : profile.matmuls) EXPECT_EQ(sample.processor, ProcessorKind::kCpu);
}

TEST(Measure, LengthsHaveToAscend) {
  Built built;
  Profile profile;
  MeasureRequest request = built.request();
  request.lengths = {32, 1};
  EXPECT_EQ(measure(request, profile).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tandem
