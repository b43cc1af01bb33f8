// Finding an NPU: libraries that are missing, foreign, too old, too new or fit; errors in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "backends/qnn/status.h"
#include "backends/qnn/testing.h"

namespace tandem::qnn {
namespace {

using namespace testing;  // NOLINT
using ::testing::HasSubstr;

TEST(QnnProcessor, TellsOfTheProviderWithoutStartingIt) {
  const ProcessorInfo info = npu_info(reference_options());
  EXPECT_EQ(info.kind, ProcessorKind::kNpu);
  EXPECT_EQ(info.name, "TANDEM_REFERENCE_NPU");
  EXPECT_EQ(info.state, ProcessorState::kReady);
  EXPECT_EQ(info.role, ProcessorRole::kCoProcessor);
  EXPECT_TRUE(info.reason.empty());
  EXPECT_THAT(info.features, ::testing::Contains("QNN 2.27.0"));
  EXPECT_THAT(info.features, ::testing::Contains("file libtandem_reference_npu.so"));
  EXPECT_THAT(info.features, ::testing::Contains(HasSubstr("build tandem-reference-npu")));
}

TEST(QnnProcessor, TheEnvironmentNamesTheLibrary) {
  const Environment library("TANDEM_QNN_LIBRARY", TANDEM_REFERENCE_NPU);
  EXPECT_EQ(npu_info({}).state, ProcessorState::kReady);
}

TEST(QnnProcessor, NoOrAForeignLibraryIsMissingWithItsReason) {
  EXPECT_EQ(npu_info({}).state, ProcessorState::kMissing);
  EXPECT_THAT(npu_info({}).reason, HasSubstr("TANDEM_QNN_LIBRARY"));
  QnnOptions options;
  options.library = "/nowhere/libQnnHtp.so";
  EXPECT_EQ(npu_info(options).state, ProcessorState::kMissing);
  EXPECT_THAT(npu_info(options).reason, HasSubstr("/nowhere/libQnnHtp.so"));
  options.library = "libm.so.6";
  EXPECT_EQ(npu_info(options).state, ProcessorState::kMissing);
  EXPECT_THAT(npu_info(options).reason, HasSubstr("QnnInterface_getProviders"));
  EXPECT_EQ(QnnProcessor::create(options).error().code, ErrorCode::kProcessorMissing);
  EXPECT_EQ(rpcmem_allocator(options).error().code, ErrorCode::kProcessorMissing);
}

TEST(QnnProcessor, AnotherMajorOrAnOlderMinorIsRefused) {
  for (const std::string version : {"1.27", "2.26", "2.7", "3.0"}) {
    const Environment reported("TANDEM_NPU_API", version);
    const ProcessorInfo info = npu_info(reference_options());
    EXPECT_EQ(info.state, ProcessorState::kBroken) << version;
    EXPECT_THAT(info.reason, HasSubstr("QNN " + version)) << version;
    EXPECT_EQ(info.role, ProcessorRole::kNone);
    const auto created = QnnProcessor::create(reference_options());
    ASSERT_FALSE(created.ok());
    EXPECT_EQ(created.error().code, ErrorCode::kUnsupported);
  }
  for (const std::string version : {"2.27", "2.38"}) {
    const Environment reported("TANDEM_NPU_API", version);
    EXPECT_EQ(npu_info(reference_options()).state, ProcessorState::kReady) << version;
  }
}

TEST(QnnProcessor, RunsMatmulsOnly) {
  const auto npu = QnnProcessor::create(reference_options());
  ASSERT_TRUE(npu.ok()) << npu.error().message;
  const MatmulModel model(TensorType::kF16, 32, 32, false);
  EXPECT_FALSE((*npu)->why_not(model.graph, model.weights, model.graph.ops[0]).has_value());
  Op norm;
  norm.kind = OpKind::kNorm;
  EXPECT_TRUE((*npu)->why_not(model.graph, model.weights, norm).has_value());
  EXPECT_EQ((*npu)->make_cache({}, 1).error().code, ErrorCode::kUnsupported);
}

TEST(QnnRpcmem, GivesZeroedPagesWithADescriptor) {
  const auto allocate = rpcmem_allocator(reference_options());
  ASSERT_TRUE(allocate.ok());
  auto memory = (*allocate)(5000);
  ASSERT_TRUE(memory.ok());
  EXPECT_GE((*memory)->bytes().size(), 5000u);
  EXPECT_GE((*memory)->fd(), 0);
  EXPECT_TRUE(std::all_of((*memory)->bytes().begin(), (*memory)->bytes().end(),
                          [](std::byte byte) { return byte == std::byte{0}; }));
  EXPECT_EQ((*allocate)(int64_t{1} << 40).error().code, ErrorCode::kOutOfMemory);
}

TEST(QnnStatus, EveryErrorIsASentenceWithItsName) {
  const Error known = status_error("It failed", abi::kGraphQueueFull, "try again");
  EXPECT_EQ(known.message, "It failed because the NPU's queue is full: try again.");
  EXPECT_EQ(known.context.at("status"), "6025");
  EXPECT_EQ(known.context.at("status_name"), "QNN_GRAPH_ERROR_EXECUTION_ASYNC_FIFO_FULL");
  const Error high = status_error("It failed", 0x70000 + abi::kMemoryAllocation, "wait");
  EXPECT_EQ(high.context.at("status"), "1002") << "only the low 16 bits are the code";
  EXPECT_EQ(status_words(4711).name, "unknown");
  EXPECT_EQ(status_error_code(abi::kMemoryAllocation), ErrorCode::kOutOfMemory);
  EXPECT_EQ(status_error_code(abi::kGraphFinalizeFailed), ErrorCode::kUnsupported);
  EXPECT_EQ(status_error_code(abi::kSystemCommunication), ErrorCode::kProcessorFailed);
}

}  // namespace
}  // namespace tandem::qnn
