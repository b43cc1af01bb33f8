// What is compared, and how much two outputs differ.
#include "verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "verify/tasks.h"
#include "verify/testing.h"

namespace tandem {
namespace {

using testing::IsEmpty;
using testing_verify::Verified;

TEST(Difference, IsRelativeToTheTruth) {
  const std::array<float, 4> truth = {1, -1, 1, -1};
  const std::array<float, 4> values = {1, -1, 1, -1.2F};
  const Difference found = difference(values, truth);
  EXPECT_NEAR(found.nmse, 0.01, 1e-6);
  EXPECT_NEAR(found.max_error, 0.2, 1e-6);
  EXPECT_EQ(difference(truth, truth).nmse, 0);
  const std::array<float, 4> zeros = {};
  EXPECT_TRUE(std::isinf(difference(truth, zeros).nmse));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::array<float, 4> broken = {1, bad, 1, -1};
    EXPECT_TRUE(std::isinf(difference(broken, truth).nmse));
  }
}

TEST(VerifyTasks, StandForEveryOpOnce) {
  for (const Family family : {Family::kLlama, Family::kQwen2, Family::kQwen3}) {
    const Verified model({.family = family, .type = TensorType::kQ4_0, .layers = 3});
    int64_t covered = 0;
    std::set<OpKind> kinds;
    for (const VerifyTask& task : verify_tasks(model.graph, model.weights)) {
      covered += task.stands_for * static_cast<int64_t>(task.ops.size());
      for (const OpId id : task.ops) kinds.insert(model.graph.ops[static_cast<size_t>(id)].kind);
    }
    EXPECT_EQ(covered, static_cast<int64_t>(model.graph.ops.size()));
    for (const Op& op : model.graph.ops) EXPECT_TRUE(kinds.contains(op.kind)) << op.name;
  }
}

TEST(Verify, FindsTheSameOnEveryInstructionSet) {
  const Verified model({.family = Family::kQwen3, .type = TensorType::kQ4_K});
  const auto scalar = cpu::CpuProcessor::create({.threads = 1, .isa = cpu::Isa::kScalar}, System());
  ASSERT_TRUE(scalar.ok());
  VerifyRequest request = model.request({{**scalar}});
  int64_t last = 0, all = 0;
  request.progress = [&](int64_t done, int64_t total) {
    EXPECT_GT(done, last);
    last = done;
    all = total;
  };
  const auto report = verify(request);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(last, all);
  EXPECT_TRUE(report->passed());
  EXPECT_GT(report->rows.size(), 40U);
  for (const VerifyRow& row : report->rows) {
    EXPECT_EQ(row.outcome, VerifyOutcome::kPassed);
    EXPECT_EQ(row.padded_tokens, row.tokens) << "only static shapes are padded";
    EXPECT_TRUE(row.reason.empty());
  }
}

TEST(Verify, KeepsWhatItHasWhenItIsStopped) {
  const Verified model({.type = TensorType::kQ8_0});
  const auto other = cpu::CpuProcessor::create({.threads = 1}, System());
  ASSERT_TRUE(other.ok());
  VerifyRequest request = model.request({{**other}});
  request.progress = [&](int64_t done, int64_t) {
    if (done >= 10) request.cancel.cancel();
  };
  const auto report = verify(request);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->complete);
  EXPECT_FALSE(report->passed());
  EXPECT_EQ(report->rows.size(), 10U);
}

}  // namespace
}  // namespace tandem
