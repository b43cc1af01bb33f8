// The OpenCL device and the reference NPU of this computer against its CPU, right and wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "backends/opencl/opencl_processor.h"
#include "backends/qnn/qnn_processor.h"
#include "backends/qnn/rpcmem.h"
#include "base/sanitizer_testing.h"
#include "verify/testing.h"

namespace tandem {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_sanitizer::thinned;
using testing_verify::Verified;

// A variable of the environment, while it is in scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

std::unique_ptr<Processor> npu() {
  auto made = qnn::QnnProcessor::create({.library = TANDEM_REFERENCE_NPU});
  EXPECT_TRUE(made.ok()) << made.error().message;
  return made.ok() ? std::move(made).value() : nullptr;
}

VerifySubject with_npu_memory(Processor& processor) {
  return {processor, qnn::rpcmem_allocator({.library = TANDEM_REFERENCE_NPU}).value()};
}

opencl::OpenClOptions gpu_options() {
  setenv("POCL_MAX_PTHREAD_COUNT", "1", 0);
  opencl::OpenClOptions options;
  if (getenv("TANDEM_OPENCL_DEVICE") == nullptr &&
      opencl::opencl_info(options).state != ProcessorState::kReady)
    options.device = "pthread";
  return options;
}

testing_model::TinyModel model_of(TensorType type) { return {.family = Family::kQwen3, .type = type}; }

TEST(VerifyReal, PassesProcessorsThatAreRight) {
  const auto gpu = opencl::OpenClProcessor::create(gpu_options());
  if (!gpu.ok()) GTEST_SKIP() << gpu.error().message;
  const std::vector<TensorType> types = {TensorType::kQ4_0, TensorType::kF16, TensorType::kQ6_K,
                                         TensorType::kQ5_1};
  for (const TensorType type : thinned(types, 4, "types of weights")) {
    const Verified model(model_of(type));
    const auto npu_processor = npu();
    ASSERT_NE(npu_processor, nullptr);
    const auto report = verify(model.request({{**gpu}, with_npu_memory(*npu_processor)}));
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(report->passed()) << type_traits(type).name;
    const auto on_gpu = model.ops(*report, ProcessorKind::kGpu, VerifyOutcome::kPassed);
    const auto on_npu = model.ops(*report, ProcessorKind::kNpu, VerifyOutcome::kPassed);
    EXPECT_THAT(on_gpu, Contains("blk.0.attn"));
    EXPECT_THAT(on_npu, Contains("blk.0.ffn_down"));
    EXPECT_THAT(on_npu, Not(Contains("blk.0.attn"))) << "a co-processor runs matmuls only";
  }
}

TEST(VerifyReal, FindsTheNpuShapeThatIsWrong) {
  const Variable wrong("TANDEM_NPU_WRONG", "512x256");
  const Verified model(model_of(TensorType::kQ4_0));
  const auto processor = npu();
  ASSERT_NE(processor, nullptr);
  const auto report = verify(model.request({with_npu_memory(*processor)}));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->passed());
  EXPECT_THAT(model.ops(*report, ProcessorKind::kNpu, VerifyOutcome::kBeyond), ElementsAre("blk.0.ffn_down"));
  EXPECT_THAT(model.ops(*report, ProcessorKind::kNpu, VerifyOutcome::kPassed), Contains("blk.0.ffn_gate"));
  for (const VerifyRow& row : report->rows) {
    EXPECT_EQ(row.reason.empty(), row.outcome == VerifyOutcome::kPassed);
    EXPECT_EQ(row.padded_tokens % 32, row.tokens == 1 ? 1 : 0) << row.tokens;
  }
}

TEST(VerifyReal, KnowsRefusedFromWrong) {
  const Variable refuse("TANDEM_NPU_REFUSE", "256x512");
  const Verified model(model_of(TensorType::kQ4_0));
  const auto processor = npu();
  ASSERT_NE(processor, nullptr);
  const auto report = verify(model.request({with_npu_memory(*processor)}));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->passed()) << "a plan places it elsewhere";
  EXPECT_THAT(model.ops(*report, ProcessorKind::kNpu, VerifyOutcome::kRefused),
              ElementsAre("blk.0.ffn_gate"));
}

TEST(VerifyReal, GoesOnWithoutAProcessorThatFails) {
  const Variable fail("TANDEM_NPU_FAIL_AT", "3");
  const auto gpu = opencl::OpenClProcessor::create(gpu_options());
  if (!gpu.ok()) GTEST_SKIP() << gpu.error().message;
  const Verified model(model_of(TensorType::kQ4_0));
  const auto processor = npu();
  ASSERT_NE(processor, nullptr);
  const auto report = verify(model.request({{**gpu}, with_npu_memory(*processor)}));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_FALSE(report->passed());
  EXPECT_TRUE(report->complete);
  EXPECT_EQ(model.ops(*report, ProcessorKind::kNpu, VerifyOutcome::kFailed).size(), 1U);
  EXPECT_EQ(std::ranges::count(report->rows, ProcessorKind::kNpu, &VerifyRow::processor), 3);
  EXPECT_THAT(model.ops(*report, ProcessorKind::kGpu, VerifyOutcome::kPassed), Contains("output"));
}

}  // namespace
}  // namespace tandem
