// A statically linked agent has no NPU, and says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/qnn/qnn_processor.h"
#include "backends/qnn/rpcmem.h"

namespace tandem::qnn {
namespace {

TEST(QnnStatic, SaysThatItCannotLoadLibraries) {
  QnnOptions options;
  options.library = "libQnnHtp.so";
  const ProcessorInfo info = npu_info(options);
  EXPECT_EQ(info.state, ProcessorState::kMissing);
  EXPECT_THAT(info.reason, ::testing::HasSubstr("linked statically"));
  EXPECT_EQ(QnnProcessor::create(options).error().code, ErrorCode::kProcessorMissing);
  EXPECT_EQ(rpcmem_allocator(options).error().code, ErrorCode::kProcessorMissing);
}

}  // namespace
}  // namespace tandem::qnn
