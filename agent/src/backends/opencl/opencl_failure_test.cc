// What bad input gets: no, broken, foreign or too old OpenCL, kernels that do not compile, a device that is
// lost, damaged cache files. One sentence each.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "backends/opencl/stored_file.h"
#include "backends/opencl/test_support.h"
#include "backends/opencl/tuning.h"

namespace tandem::opencl {
namespace {

// One sentence: it ends with its only full stop that a space or nothing follows.
void expect_sentence(const std::string& text) {
  EXPECT_EQ(text.back(), '.') << text;
  EXPECT_EQ(text.find(". "), std::string::npos) << text;
}

Error refused(const OpenClOptions& options) {
  const auto result = OpenClProcessor::create(options);
  EXPECT_FALSE(result.ok());
  if (result.ok()) return {};
  expect_sentence(result.error().message);
  const ProcessorInfo info = opencl_info(options);
  EXPECT_EQ(info.reason, result.error().message);
  EXPECT_EQ(info.role, ProcessorRole::kNone);
  EXPECT_EQ(info.state, result.error().code == ErrorCode::kProcessorMissing ? ProcessorState::kMissing
                                                                            : ProcessorState::kBroken);
  return result.error();
}

TEST(OpenClFailure, NoLibrary) {
  OpenClOptions options;
  options.library = "/nowhere/libOpenCL.so";
  EXPECT_EQ(refused(options).code, ErrorCode::kProcessorMissing);
}

TEST(OpenClFailure, AFileThatIsNoLibrary) {
  const testing_model::TemporaryFile file("this is no ELF file");
  OpenClOptions options;
  options.library = file.path();
  EXPECT_EQ(refused(options).code, ErrorCode::kProcessorMissing);
}

#ifndef TANDEM_STATIC_BUILD
// A real library that has none of the functions.
TEST(OpenClFailure, ALibraryThatIsNotOpenCl) {
  OpenClOptions options;
  options.library = "libm.so.6";
  const Error error = refused(options);
  EXPECT_EQ(error.code, ErrorCode::kProcessorFailed);
  EXPECT_EQ(error.context.at("symbol"), "clGetPlatformIDs");
}
#endif

TEST(OpenClFailure, ADeviceThatIsNotThere) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.device = "Voodoo";
  EXPECT_EQ(refused(options).code, ErrorCode::kProcessorMissing);
}

TEST(OpenClFailure, ACpuIsNoGpuUnlessItIsNamed) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  if (!(*processor)->facts().is_cpu || getenv("TANDEM_OPENCL_DEVICE") != nullptr)
    GTEST_SKIP() << "A GPU is here, or the environment names a device.";
  const Error error = refused({});
  EXPECT_EQ(error.code, ErrorCode::kProcessorMissing);
  EXPECT_NE(error.message.find("TANDEM_OPENCL_DEVICE"), std::string::npos);
  EXPECT_EQ((*processor)->info().role, ProcessorRole::kPrimary);
  EXPECT_TRUE((*processor)->info().reason.empty());
}

TEST(OpenClFailure, NoPlatform) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.change_api = [](Api& api) {
    api.clGetPlatformIDs = [](cl_uint, cl_platform_id*, cl_uint*) -> cl_int { return -1001; };
  };
  EXPECT_EQ(refused(options).code, ErrorCode::kProcessorMissing);
}

decltype(&::clGetDeviceInfo) real_device_info = nullptr;

TEST(OpenClFailure, TooOld) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.change_api = [](Api& api) {
    real_device_info = api.clGetDeviceInfo;
    api.clGetDeviceInfo = [](cl_device_id id, cl_device_info name, size_t size, void* value,
                             size_t* needed) -> cl_int {
      if (name != CL_DEVICE_VERSION) return real_device_info(id, name, size, value, needed);
      const std::string version = "OpenCL 1.1 old";
      if (needed != nullptr) *needed = version.size() + 1;
      if (value != nullptr) std::copy_n(version.c_str(), version.size() + 1, static_cast<char*>(value));
      return CL_SUCCESS;
    };
  };
  const Error error = refused(options);
  EXPECT_EQ(error.code, ErrorCode::kProcessorFailed);
  EXPECT_EQ(error.context.at("version"), "OpenCL 1.1 old");
}

TEST(OpenClFailure, KernelsThatDoNotCompile) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.compiler_options = " -Dkernel=no_such_function";
  const TinyRun run({}, options);
  ASSERT_TRUE(run.error);
  EXPECT_EQ(run.error->code, ErrorCode::kProcessorFailed);
  expect_sentence(run.error->message);
  EXPECT_EQ(run.error->context.at("clError"), "CL_BUILD_PROGRAM_FAILURE (-11)");
  EXPECT_NE(run.error->context.at("compiler").find("no_such_function"), std::string::npos)
      << run.error->context.at("compiler");
}

int launches_left = 0;
decltype(&::clEnqueueNDRangeKernel) real_enqueue = nullptr;

// A device that is lost between two kernels of a step.
TEST(OpenClFailure, LostInMidRun) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.change_api = [](Api& api) {
    real_enqueue = api.clEnqueueNDRangeKernel;
    api.clEnqueueNDRangeKernel = [](cl_command_queue queue, cl_kernel kernel, cl_uint dims,
                                    const size_t* offset, const size_t* global, const size_t* local,
                                    cl_uint waits, const cl_event* wait_for, cl_event* event) -> cl_int {
      if (launches_left-- <= 0) return CL_OUT_OF_RESOURCES;
      return real_enqueue(queue, kernel, dims, offset, global, local, waits, wait_for, event);
    };
  };
  launches_left = 1 << 20;
  TinyRun run({}, options);
  ASSERT_FALSE(run.error) << text_of(*run.error);
  launches_left = 9;
  const std::vector<int32_t> tokens = some_tokens(3);
  EXPECT_TRUE(run.logits(tokens, {3}).empty());
  ASSERT_TRUE(run.error);
  EXPECT_EQ(run.error->code, ErrorCode::kProcessorFailed);
  expect_sentence(run.error->message);
  EXPECT_EQ(run.error->context.at("clError"), "CL_OUT_OF_RESOURCES (-5)");
  EXPECT_FALSE(run.error->context.at("op").empty());
  // It stays out.
  launches_left = 1 << 20;
  run.error.reset();
  EXPECT_TRUE(run.logits(tokens, {3}).empty());
  EXPECT_TRUE(run.error);
}

// A device that takes the work and fails at it.
TEST(OpenClFailure, LostWhileItWorks) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  TinyRun healthy({}, options);
  options.change_api = [](Api& api) {
    api.clWaitForEvents = [](cl_uint, const cl_event*) -> cl_int {
      return CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
    };
  };
  TinyRun run({}, options);
  ASSERT_FALSE(run.error) << text_of(*run.error);
  const std::vector<int32_t> tokens = some_tokens(3);
  EXPECT_TRUE(run.logits(tokens, {3}).empty());
  ASSERT_TRUE(run.error);
  EXPECT_EQ(run.error->code, ErrorCode::kProcessorFailed);
  expect_sentence(run.error->message);
  EXPECT_FALSE(healthy.logits(tokens, {3}).empty());
}

TEST(OpenClFailure, ABufferThatDoesNotFit) {
  TANDEM_NEEDS_DEVICE();
  auto processor = OpenClProcessor::create(test_options());
  ASSERT_TRUE(processor.ok()) << text_of(processor.error());
  HyperParameters shape;
  shape.layers = 1;
  shape.kv_heads = 1024;
  shape.head_dim = 256;
  const auto cache = (*processor)->make_cache(shape, int64_t{1} << 32);
  ASSERT_FALSE(cache.ok());
  EXPECT_EQ(cache.error().code, ErrorCode::kOutOfMemory);
  expect_sentence(cache.error().message);
}

class OpenClFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tandem-opencl-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(OpenClFolder, KernelsComeFromTheCacheAndDamagedOnesAreMadeAgain) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.cache_folder = folder_;
  const std::vector<int32_t> tokens = some_tokens(5);
  const auto run_once = [&](Kernels::Counts& counts) {
    TinyRun run({.type = TensorType::kQ4_0}, options);
    EXPECT_FALSE(run.error) << text_of(*run.error);
    counts = run.processor->counts();
    return run.logits(tokens, {5});
  };
  Kernels::Counts first, second, third;
  const std::vector<float> truth = run_once(first);
  EXPECT_GT(first.compiled, 0);
  EXPECT_EQ(first.from_cache, 0);
  EXPECT_EQ(run_once(second), truth);
  EXPECT_EQ(second.compiled, 0);
  EXPECT_EQ(second.from_cache, first.compiled);
  // One cut short, one with a flipped byte, one that is not ours at all.
  int damage = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    if (file.path().extension() != ".bin") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    if (damage == 0) {
      std::filesystem::resize_file(file.path(), 50);
    } else if (damage == 1) {
      bytes.seekp(100);
      bytes.put('?');
    } else {
      bytes.write("another program's file, longer than a header", 44);
    }
    ++damage;
  }
  ASSERT_GE(damage, 3);
  EXPECT_EQ(run_once(third), truth);
  EXPECT_EQ(third.compiled, first.compiled);
  Kernels::Counts fourth;
  EXPECT_EQ(run_once(fourth), truth);
  EXPECT_EQ(fourth.compiled, 0);
}

// Sizes that were measured are taken from the file; a file that holds none that could have been is replaced.
TEST_F(OpenClFolder, TunedSizesAreRemembered) {
  TANDEM_NEEDS_DEVICE();
  OpenClOptions options = test_options();
  options.cache_folder = folder_;
  auto device = Device::open(options);
  ASSERT_TRUE(device.ok()) << text_of(device.error());
  Kernels kernels(**device);
  const auto measured = tuned_sizes(**device, kernels);
  ASSERT_TRUE(measured.ok()) << text_of(measured.error());
  EXPECT_EQ(*tuned_sizes(**device, kernels), *measured);
  const std::string path = tuning_path(**device, kernels);
  ASSERT_TRUE(std::filesystem::exists(path));
  // Another folder stands for another process: what one process knows, it does not read again.
  const std::string other = folder_ + "/other";
  std::filesystem::create_directories(other);
  OpenClOptions moved = options;
  moved.cache_folder = other;
  auto second = Device::open(moved);
  ASSERT_TRUE(second.ok());
  Kernels second_kernels(**second);
  MatmulSizes chosen = gemm_candidates(**second).back();
  chosen.gemv = gemv_candidates(**second).back();
  const std::string second_path = tuning_path(**second, second_kernels);
  const std::string name = std::filesystem::path(second_path).stem().string();
  const uint64_t key = std::stoull(name.substr(name.find('-') + 1), nullptr, 16);
  write_stored(second_path, key, tuning_text(chosen));
  EXPECT_EQ(*tuned_sizes(**second, second_kernels), chosen);
  EXPECT_EQ(second_kernels.counts().compiled, 0);

  moved.cache_folder = folder_ + "/third";
  auto third = Device::open(moved);
  ASSERT_TRUE(third.ok());
  Kernels third_kernels(**third);
  write_stored(tuning_path(**third, third_kernels), key, "1000000 0 0 3 7 0");
  const auto again = tuned_sizes(**third, third_kernels);
  ASSERT_TRUE(again.ok());
  EXPECT_LE(again->gemv.items, 32);
  EXPECT_NE(read_stored(tuning_path(**third, third_kernels), key), "1000000 0 0 3 7 0");
}

TEST_F(OpenClFolder, StoredFilesBelongToTheirKey) {
  const std::string path = folder_ + "/deep/er/file.bin";
  write_stored(path, 7, "content");
  EXPECT_EQ(read_stored(path, 7), "content");
  EXPECT_EQ(read_stored(path, 8), std::nullopt);
  EXPECT_EQ(read_stored(folder_, 7), std::nullopt);
}

}  // namespace
}  // namespace tandem::opencl
