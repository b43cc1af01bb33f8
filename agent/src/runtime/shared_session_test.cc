// A loaded model on two processors: what the plan, failures and refusals do to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/testing.h"
#include "plan/testing.h"
#include "runtime/fake_npu_testing.h"
#include "runtime/generate.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing_model::TemporaryFile;
using testing_model::TinyModel;
using testing_npu::Behaviour;

std::shared_ptr<const CostModel> costs() {
  auto made = std::make_shared<testing_plan::ToyCosts>();
  made->primary_kind = ProcessorKind::kCpu;
  made->primary_floor = made->npu_floor = 1;
  made->primary_rate = made->npu_rate = 1;
  made->npu_bytes_rate = 40000;
  made->sync_costs = {.join_us = 0.1, .submit_us = 0.1, .drained_submit_us = 0.1};
  return made;
}

class SharedSession : public testing::Test {
 protected:
  void open(std::shared_ptr<const CostModel> of_device = costs(), const SolverSettings& settings = {}) {
    LoadOptions options;
    options.path = file_.path();
    options.processors = {ProcessorKind::kCpu, ProcessorKind::kNpu};
    options.options.cpu.threads = 1;
    options.costs = std::move(of_device);
    options.settings = settings;
    options.warm_up = warm_up_;
    options.make_processor = [this](ProcessorKind kind) -> Result<std::unique_ptr<Processor>> {
      if (kind == ProcessorKind::kNpu && !npu_there_)
        return Error{ErrorCode::kProcessorMissing, "There is no NPU here.", {}};
      if (kind == ProcessorKind::kNpu) return testing_npu::FakeNpu::create(behaviour_);
      return make_processor(kind, {.cpu = {.threads = 1}}, System());
    };
    auto loaded = Session::load(options, System());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    session_ = std::move(loaded).value();
  }

  GenerateOutcome run() {
    session_->truncate(0);
    GenerateRequest request;
    request.prompt = "A prompt of more than thirty-two bytes, so that graphs have work";
    request.max_tokens = 6;
    auto outcome = generate(*session_, request, System(), {});
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? *outcome : GenerateOutcome{};
  }

  std::string text_of_the_cpu() {
    LoadOptions options;
    options.path = file_.path();
    session_ = Session::load(options, System()).value();
    return run().text;
  }

  void expect_replanned(const SolverSettings& settings) {
    const auto report = session_->replan(settings);
    EXPECT_TRUE(report.ok()) << report.error().message;
  }

  bool noted(const std::string& words) const {
    for (const std::string& note : session_->summary().notes) {
      if (note.find(words) != std::string::npos) return true;
    }
    return false;
  }

  TemporaryFile file_{testing_model::tiny_model_bytes({.family = Family::kQwen3, .type = TensorType::kQ4_0})};
  std::shared_ptr<Behaviour> behaviour_ = std::make_shared<Behaviour>();
  bool npu_there_ = true;
  bool warm_up_ = false;  // Failures count the parts that ran.
  std::unique_ptr<Session> session_;
};

TEST_F(SharedSession, GivesTheTextOfTheCpuAndTellsWhatRanWhere) {
  const std::string expected = text_of_the_cpu();
  open();
  EXPECT_EQ(session_->chunk(), Session::kSharedChunk);
  EXPECT_GT(session_->summary().memory.npu_graphs, 0);
  EXPECT_EQ(session_->processors().size(), 2U);
  const GenerateOutcome outcome = run();
  EXPECT_EQ(outcome.text, expected);
  ASSERT_EQ(outcome.ran_on.size(), 2U);
  EXPECT_EQ(outcome.ran_on[1].processor, ProcessorKind::kNpu);
  EXPECT_GT(outcome.ran_on[1].ops, 0);
  EXPECT_NEAR(outcome.ran_on[0].share + outcome.ran_on[1].share, 1, 1e-9);
  EXPECT_TRUE(outcome.notes.empty());
}

TEST_F(SharedSession, LeavesNothingBehindWhenItWarmsUp) {
  const std::string expected = text_of_the_cpu();
  warm_up_ = true;
  open();
  EXPECT_GT(behaviour_->parts, 0) << "the NPU ran";
  EXPECT_TRUE(session_->cached().empty());
  EXPECT_TRUE(session_->logits().empty());
  EXPECT_EQ(run().text, expected);
}

TEST_F(SharedSession, GoesOnWithoutAnNpuThatFailsUntilItIsAskedBack) {
  const std::string expected = text_of_the_cpu();
  open();
  const int64_t shared_weights = session_->summary().memory.weights_repacked;
  behaviour_->fail_at = 20;
  const GenerateOutcome outcome = run();
  EXPECT_EQ(outcome.text, expected);
  EXPECT_EQ(outcome.finish, Finish::kMaxTokens);
  ASSERT_EQ(outcome.notes.size(), 1U);
  EXPECT_THAT(outcome.notes[0], HasSubstr("The fake NPU failed."));
  EXPECT_GT(outcome.ran_on[1].ops, 0) << "what it did before it failed";
  EXPECT_EQ(session_->processors().size(), 1U);
  EXPECT_FALSE(session_->plan()->has_npu);
  EXPECT_GT(session_->summary().memory.weights_repacked, shared_weights);
  EXPECT_EQ(session_->summary().memory.npu_graphs, 0);
  const GenerateOutcome without = run();
  EXPECT_EQ(without.text, expected);
  EXPECT_EQ(without.ran_on[1].ops, 0);

  ASSERT_TRUE(session_->readmit().ok());
  EXPECT_EQ(session_->processors().size(), 2U);
  const GenerateOutcome back = run();
  EXPECT_EQ(back.text, expected);
  EXPECT_GT(back.ran_on[1].ops, 0);
}

TEST_F(SharedSession, PlansAroundShapesThatTheNpuRefuses) {
  const std::string expected = text_of_the_cpu();
  behaviour_->refuses = "ffn_down";
  open();
  EXPECT_EQ(session_->processors().size(), 2U);
  EXPECT_TRUE(noted("refuses this shape"));
  const GenerateOutcome outcome = run();
  EXPECT_EQ(outcome.text, expected);
  EXPECT_GT(outcome.ran_on[1].ops, 0) << "the others are still its own";
}

TEST_F(SharedSession, TakesFewerGraphsWhereTheNpuHasLittleMemory) {
  const std::string expected = text_of_the_cpu();
  behaviour_->most_rows = 2000;
  open();
  EXPECT_TRUE(noted("has no memory"));
  EXPECT_EQ(run().text, expected);
}

TEST_F(SharedSession, RunsOnThePrimaryWhereTheNpuHasNoProfileOrIsNotThere) {
  open(nullptr);
  EXPECT_TRUE(noted("profile the device"));
  EXPECT_EQ(run().ran_on[1].ops, 0);
  auto of_a_gpu = std::make_shared<testing_plan::ToyCosts>();
  open(of_a_gpu);
  EXPECT_TRUE(noted("whose primary processor is another"));
  npu_there_ = false;
  open();
  EXPECT_TRUE(noted("There is no NPU here."));
  EXPECT_EQ(run().ran_on.size(), 1U);
}

TEST_F(SharedSession, SolvesAgainWithOtherSettings) {
  const std::string expected = text_of_the_cpu();
  open();
  SolverSettings settings;
  settings.min_npu_tokens = 1000;
  expect_replanned(settings);
  EXPECT_EQ(run().ran_on[1].ops, 0);
  settings = {};
  settings.sync = SyncMode::kDriver;
  expect_replanned(settings);
  const GenerateOutcome outcome = run();
  EXPECT_EQ(outcome.text, expected);
  settings.row_step = -1;
  const auto refused = session_->replan(settings);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(run().text, expected) << "the plan before goes on";
}

TEST_F(SharedSession, RefusesProcessorsThatCannotWorkTogether) {
  LoadOptions options;
  options.path = file_.path();
  for (const std::vector<ProcessorKind>& kinds :
       {std::vector{ProcessorKind::kNpu}, std::vector{ProcessorKind::kGpu, ProcessorKind::kCpu},
        std::vector{ProcessorKind::kCpu, ProcessorKind::kNpu, ProcessorKind::kNpu}}) {
    options.processors = kinds;
    const auto loaded = Session::load(options, System());
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tandem
