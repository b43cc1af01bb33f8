// Models on the processors of this computer: OpenCL with the reference NPU beside it, through a session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "base/sanitizer_testing.h"
#include "model/testing.h"
#include "plan/testing.h"
#include "runtime/reference_forward.h"
#include "runtime/session.h"

namespace tandem {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing_model::TemporaryFile;
using testing_model::TinyModel;
using testing_sanitizer::thinned;

constexpr double kBar = 5e-4;  // NMSE
constexpr int64_t kContext = 1056;

// Costs at which both have work, whatever they really are.
std::shared_ptr<const CostModel> costs() {
  auto made = std::make_shared<testing_plan::ToyCosts>();
  made->primary_kind = ProcessorKind::kGpu;
  made->primary_floor = made->npu_floor = 1;
  made->primary_rate = made->npu_rate = 1;
  made->npu_bytes_rate = 40000;
  made->sync_costs = {.join_us = 0.1, .submit_us = 0.1, .drained_submit_us = 0.1};
  return made;
}

// The NPU fails at this execution, counted from 1, of the sessions that are made meanwhile.
class FailAt {
 public:
  explicit FailAt(int64_t execution) { setenv("TANDEM_NPU_FAIL_AT", std::to_string(execution).c_str(), 1); }
  ~FailAt() { unsetenv("TANDEM_NPU_FAIL_AT"); }
  FailAt(const FailAt&) = delete;
  FailAt& operator=(const FailAt&) = delete;
};

class RealProcessors : public testing::Test {
 protected:
  void SetUp() override {
    options_.opencl.device = std::getenv("TANDEM_OPENCL_DEVICE") == nullptr ? "pthread" : "";
    options_.qnn.library = TANDEM_REFERENCE_NPU;
    const auto gpu = make_processor(ProcessorKind::kGpu, options_, System());
    if (!gpu.ok()) GTEST_SKIP() << gpu.error().message;
  }

  std::unique_ptr<Session> open(const TinyModel& model, std::vector<ProcessorKind> processors,
                                const SolverSettings& settings = {}) {
    file_ = std::make_unique<TemporaryFile>(testing_model::tiny_model_bytes(model));
    LoadOptions options;
    options.path = file_->path();
    options.processors = std::move(processors);
    options.options = options_;
    options.options.cpu.threads = 1;
    options.costs = costs();
    options.settings = settings;
    options.warm_up = false;
    auto session = Session::load(options, System());
    EXPECT_TRUE(session.ok()) << session.error().message;
    return session.ok() ? std::move(session).value() : nullptr;
  }

  // Of a prompt's last token, and of one token behind it.
  static std::vector<float> logits(Session& session, int64_t length) {
    std::vector<int32_t> tokens(static_cast<size_t>(length));
    for (size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = static_cast<int32_t>(3 + (i * 37 + i * i * 11) % 256);
    session.truncate(0);
    std::vector<float> all;
    const std::span<const int32_t> prompt = tokens;
    for (const auto part : {prompt, prompt.first(1)}) {
      const auto ran = session.forward(part, 1, {});
      EXPECT_TRUE(ran.ok()) << ran.error().message;
      const auto row = session.logits();
      all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }

  static TinyModel model_of(TensorType type) {
    return {.family = Family::kQwen3, .type = type, .feed_forward = 256, .context = kContext};
  }

  static bool npu_ran(const Session& session) { return session.usage().back().usage.ops > 0; }

  ProcessorOptions options_;
  std::unique_ptr<TemporaryFile> file_;
};

const std::vector<ProcessorKind> kBoth = {ProcessorKind::kGpu, ProcessorKind::kNpu};

TEST_F(RealProcessors, GiveTheLogitsOfTheCpuWithEveryStrategy) {
  const std::vector<TensorType> types = {TensorType::kQ4_0, TensorType::kF16, TensorType::kQ6_K};
  const std::vector<int64_t> lengths = {1, 33, 135, 525};
  for (const TensorType type : thinned(types, 3, "types of weights")) {
    std::map<int64_t, std::vector<float>> expected;
    {
      const auto cpu = open(model_of(type), {ProcessorKind::kCpu});
      ASSERT_NE(cpu, nullptr);
      for (const int64_t length : lengths) expected[length] = logits(*cpu, length);
    }
    const auto both = open(model_of(type), kBoth);
    ASSERT_NE(both, nullptr);
    for (const SyncMode sync : {SyncMode::kFast, SyncMode::kDriver}) {
      for (const std::optional<Strategy> strategy :
           {std::optional(Strategy::kNpu), std::optional(Strategy::kPad), std::optional(Strategy::kWeight),
            std::optional(Strategy::kActivation), std::optional(Strategy::kHybrid),
            std::optional<Strategy>()}) {
        SolverSettings settings;
        settings.sync = sync;
        if (strategy) settings.overrides = {{.pattern = "*", .strategy = *strategy}};
        const auto planned = both->replan(settings);
        ASSERT_TRUE(planned.ok()) << planned.error().message;
        for (const int64_t length : thinned(lengths, 2, "lengths")) {
          EXPECT_LE(nmse(logits(*both, length), expected[length]), kBar)
              << type_traits(type).name << " as " << (strategy ? strategy_name(*strategy) : "chosen")
              << " at " << length << " tokens, " << sync_mode_name(sync);
        }
      }
    }
    EXPECT_TRUE(npu_ran(*both));
    EXPECT_EQ(both->processors().size(), 2U);
  }
}

TEST_F(RealProcessors, GiveTheReferencesLogitsInEveryFamily) {
  for (const Family family : thinned(std::vector(kFamilies.begin(), kFamilies.end()), 2, "families")) {
    TinyModel model = model_of(TensorType::kQ8_0);
    model.family = family;
    const auto both = open(model, kBoth);
    ASSERT_NE(both, nullptr);
    const auto file = GgufFile::open(file_->path());
    ASSERT_TRUE(file.ok());
    for (const Strategy strategy : {Strategy::kNpu, Strategy::kWeight, Strategy::kHybrid}) {
      SolverSettings settings;
      settings.overrides = {{.pattern = "*", .strategy = strategy}};
      const auto planned = both->replan(settings);
      ASSERT_TRUE(planned.ok()) << planned.error().message;
      std::vector<int32_t> tokens(37);
      for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(3 + i * 37 % 256);
      both->truncate(0);
      std::vector<float> got;
      const std::span<const int32_t> all = tokens;
      for (const auto part : {all.first(36), all.last(1)}) {
        const auto ran = both->forward(part, 1, {});
        ASSERT_TRUE(ran.ok()) << ran.error().message;
        got.insert(got.end(), both->logits().begin(), both->logits().end());
      }
      const std::vector<float> truth = reference_forward(*file, both->shape(), tokens);
      EXPECT_LE(nmse(got, std::span(truth).last(got.size())), kBar)
          << family_name(family) << " as " << strategy_name(strategy);
    }
    EXPECT_TRUE(npu_ran(*both));
  }
}

TEST_F(RealProcessors, GoOnWithoutAnNpuThatFails) {
  const TinyModel model = model_of(TensorType::kQ4_0);
  const std::vector<float> expected = logits(*open(model, {ProcessorKind::kCpu}), 64);
  const std::vector<int64_t> executions = {1, 2, 5, 9, 12, 14};
  for (const int64_t execution : thinned(executions, 2, "failures")) {
    const FailAt failing(execution);
    SolverSettings settings;
    settings.overrides = {{.pattern = "*", .strategy = Strategy::kWeight}};
    const auto both = open(model, kBoth, settings);
    ASSERT_NE(both, nullptr);
    EXPECT_LE(nmse(logits(*both, 64), expected), kBar) << "failing at execution " << execution;
    ASSERT_EQ(both->incidents().size(), 1U) << "failing at execution " << execution;
    EXPECT_THAT(both->incidents().front(), HasSubstr("The NPU is out"));
    EXPECT_EQ(both->processors().size(), 1U);
    const auto back = both->readmit();
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_LE(nmse(logits(*both, 64), expected), kBar);
    EXPECT_EQ(both->processors().size(), 2U);
  }
}

// A driver whose compiler fails is found out while the model is made ready.
TEST_F(RealProcessors, RunOnTheCpuWhereTheGpusKernelsDoNotCompile) {
  const TinyModel model = model_of(TensorType::kQ4_0);
  const std::vector<float> expected = logits(*open(model, {ProcessorKind::kCpu}), 33);
  options_.opencl.compiler_options = " -Dget_global_id=nothing_of_this_name";
  const auto session = open(model, kBoth);
  ASSERT_NE(session, nullptr);
  EXPECT_THAT(session->summary().notes, Contains(HasSubstr("The CPU runs the model instead of the GPU: ")));
  EXPECT_EQ(session->processors().front().kind, ProcessorKind::kCpu);
  EXPECT_LE(nmse(logits(*session, 33), expected), kBar);
}

int launches_left = 0;
decltype(&::clEnqueueNDRangeKernel) real_enqueue = nullptr;

// The keys and values are on the GPU, so a run cannot go on without it; a new one can.
TEST_F(RealProcessors, EndARunInOneSentenceWhenTheGpuIsLost) {
  options_.opencl.change_api = [](opencl::Api& api) {
    real_enqueue = api.clEnqueueNDRangeKernel;
    api.clEnqueueNDRangeKernel = [](cl_command_queue queue, cl_kernel kernel, cl_uint dims,
                                    const size_t* offset, const size_t* global, const size_t* local,
                                    cl_uint waits, const cl_event* wait_for, cl_event* event) -> cl_int {
      if (launches_left-- <= 0) return CL_OUT_OF_RESOURCES;
      return real_enqueue(queue, kernel, dims, offset, global, local, waits, wait_for, event);
    };
  };
  const TinyModel model = model_of(TensorType::kQ4_0);
  launches_left = 1 << 20;
  const auto both = open(model, kBoth);
  ASSERT_NE(both, nullptr);
  const std::vector<float> expected = logits(*both, 33);
  const std::vector<int32_t> tokens(33, 5);
  launches_left = 7;
  const auto lost = both->forward(tokens, 1, {});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, ErrorCode::kProcessorFailed);
  EXPECT_THAT(lost.error().message, HasSubstr("load the model again, or run it without the GPU"));
  launches_left = 1 << 20;
  EXPECT_FALSE(both->forward(tokens, 1, {}).ok()) << "what it still does is unknown";
  const auto again = open(model, kBoth);
  ASSERT_NE(again, nullptr);
  EXPECT_LE(nmse(logits(*again, 33), expected), kBar);
}

}  // namespace
}  // namespace tandem
