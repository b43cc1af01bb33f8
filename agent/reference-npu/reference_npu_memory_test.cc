// Registered memory, context binaries, profiles, queued execution.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/sanitizer_testing.h"
#include "testing.h"

namespace tandem::npu {
namespace {

using testing::Environment;
using testing::ReferenceNpu;
using testing::TestMatmul;
using namespace qnn::abi;  // NOLINT: the tests speak that interface.

// A shared buffer of the NPU's own allocator.
class Buffer {
 public:
  using Alloc = void* (*)(int, uint32_t, int);
  using Free = void (*)(void*);
  using ToFd = int (*)(void*);
  Buffer(void* alloc, void* free, void* to_fd, int bytes)
      : free_(reinterpret_cast<Free>(free)), memory_(reinterpret_cast<Alloc>(alloc)(25, 1, bytes)) {
    fd = reinterpret_cast<ToFd>(to_fd)(memory_);
  }
  ~Buffer() { free_(memory_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  [[nodiscard]] float* at(size_t offset) const {
    return reinterpret_cast<float*>(static_cast<std::byte*>(memory_) + offset);
  }
  int fd = -1;

 private:
  Free free_;
  void* memory_;
};

class ReferenceNpuMemory : public ReferenceNpu {
 protected:
  std::unique_ptr<Buffer> allocate(int bytes) {
    return std::make_unique<Buffer>(symbol("rpcmem_alloc"), symbol("rpcmem_free"), symbol("rpcmem_to_fd"),
                                    bytes);
  }
  // A range of `shape` floats at `offset` of a buffer of `bytes`.
  Status add(int fd, uint64_t bytes, uint64_t offset, std::vector<uint32_t> shape, MemoryHandle& handle) {
    HtpMemory custom = {kHtpSharedBuffer, bytes, fd, offset};
    MemoryDescriptor descriptor = {};
    descriptor.shape = {static_cast<uint32_t>(shape.size()), shape.data(), nullptr};
    descriptor.data_type = DataType::kFloat32;
    descriptor.type = RegisteredMemory::kCustom;
    descriptor.custom = &custom;
    return npu.mem_register(context, &descriptor, 1, &handle);
  }
  std::vector<std::byte> binary_of(Context from) {
    uint64_t bytes = 0, written = 0;
    EXPECT_EQ(npu.context_get_binary_size(from, &bytes), kSuccess);
    std::vector<std::byte> binary(bytes);
    EXPECT_EQ(npu.context_get_binary(from, binary.data(), bytes, &written), kSuccess);
    EXPECT_EQ(written, bytes);
    return binary;
  }
};

// Resident memory of this process.
int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_F(ReferenceNpuMemory, GraphsOfOneWeightHoldItOnce) {
  if (tandem::testing_sanitizer::kSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory for a while";
  TestMatmul matmul(8, 1024, 2048);  // 8 MiB of static data, 4 MiB packed.
  ASSERT_EQ(matmul.finalize(npu, context, "g0"), kSuccess);
  const int64_t before = resident_bytes();
  for (int i = 1; i < 9; ++i)
    ASSERT_EQ(matmul.finalize(npu, context, ("g" + std::to_string(i)).c_str()), kSuccess);
  EXPECT_LT(resident_bytes() - before, int64_t{16} << 20);
}

TEST_F(ReferenceNpuMemory, ReadsAndWritesRangesOfOneBuffer) {
  TestMatmul matmul(8, 64, 48);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  const auto buffer = allocate(8192);
  MemoryHandle in = nullptr, out = nullptr;
  ASSERT_EQ(add(buffer->fd, 8192, 256, {8, 64}, in), kSuccess);
  ASSERT_EQ(add(buffer->fd, 8192, 4096, {8, 48}, out), kSuccess);
  std::memcpy(buffer->at(256), matmul.input.data(), matmul.input.size() * 4);
  for (auto [tensor, handle] : {std::pair{&matmul.in, in}, std::pair{&matmul.out, out}}) {
    tensor->tensor.v1.memory_type = MemoryType::kHandle;
    tensor->tensor.v1.handle = handle;
  }
  ASSERT_EQ(matmul.execute(npu), kSuccess);
  std::memcpy(matmul.output.data(), buffer->at(4096), matmul.output.size() * 4);
  EXPECT_LE(matmul.error(), 5e-4);
  matmul.in.tensor.v1.handle = out;  // Of another size.
  EXPECT_EQ(matmul.execute(npu), kGraphInvalidTensor);
  Context other = nullptr;
  ASSERT_EQ(npu.context_create(backend, device, nullptr, &other), kSuccess);
  TestMatmul there(8, 64, 48);
  ASSERT_EQ(there.finalize(npu, other, "g"), kSuccess);
  there.in.tensor.v1.memory_type = MemoryType::kHandle;
  there.in.tensor.v1.handle = in;
  EXPECT_EQ(there.execute(npu), kMemoryInvalidHandle) << "of another context";
  EXPECT_EQ(npu.context_free(other, nullptr), kSuccess);
  matmul.in.tensor.v1.handle = in;
  EXPECT_EQ(npu.mem_deregister(&in, 1), kSuccess);
  EXPECT_EQ(npu.mem_deregister(&in, 1), kMemoryInvalidHandle);
  EXPECT_EQ(matmul.execute(npu), kMemoryInvalidHandle);
}

TEST_F(ReferenceNpuMemory, RefusesMemoryThatItCannotMap) {
  const auto buffer = allocate(4096);
  MemoryHandle handle = nullptr;
  EXPECT_EQ(add(-1, 4096, 0, {8}, handle), kMemoryMapping);
  EXPECT_EQ(add(buffer->fd, 8192, 0, {8}, handle), kMemoryMapping) << "larger than the buffer";
  EXPECT_EQ(add(buffer->fd, 4096, 4092, {2}, handle), kMemoryInvalidShape);
  EXPECT_EQ(add(buffer->fd, 4096, uint64_t{0} - 4, {2}, handle), kMemoryInvalidShape);
  EXPECT_EQ(add(buffer->fd, 4096, 2, {2}, handle), kMemoryInvalidShape);
  EXPECT_EQ(add(buffer->fd, 4096, 0, {}, handle), kMemoryInvalidShape);
  EXPECT_EQ(add(buffer->fd, 4096, 0, {0}, handle), kMemoryInvalidShape);
  EXPECT_EQ(npu.mem_register(context, nullptr, 1, &handle), kMemoryInvalidArgument);
  MemoryDescriptor descriptor = {};
  uint32_t shape[] = {8};
  descriptor.shape = {1, shape, nullptr};
  descriptor.data_type = DataType::kFloat32;
  descriptor.type = static_cast<RegisteredMemory>(3);
  EXPECT_EQ(npu.mem_register(context, &descriptor, 1, &handle), kMemoryUnsupportedType);
  descriptor.type = RegisteredMemory::kIon;
  descriptor.ion_fd = buffer->fd;
  EXPECT_EQ(npu.mem_register(context, &descriptor, 1, &handle), kSuccess);
}

TEST_F(ReferenceNpuMemory, ABinaryGivesTheSameGraphsAndNoMore) {
  TestMatmul one(32, 64, 48), other(7, 64, 48);
  uint64_t bytes = 0;
  ASSERT_EQ(one.create(npu, context, "one"), kSuccess);
  EXPECT_EQ(npu.context_get_binary_size(context, &bytes), kContextNotFinalized);
  ASSERT_EQ(npu.graph_finalize(one.graph, nullptr, nullptr), kSuccess);
  other.weight = one.weight;
  ASSERT_EQ(other.finalize(npu, context, "other"), kSuccess);
  const auto binary = binary_of(context);
  std::vector<std::byte> small(binary.size() - 1);
  EXPECT_EQ(npu.context_get_binary(context, small.data(), small.size(), &bytes), kContextInvalidArgument);
  Context loaded = nullptr;
  ASSERT_EQ(npu.context_create_from_binary(backend, device, nullptr, binary.data(), binary.size(), &loaded,
                                           nullptr),
            kSuccess);
  Graph none = nullptr;
  EXPECT_EQ(npu.graph_retrieve(loaded, "third", &none), kGraphDoesNotExist);
  EXPECT_EQ(npu.graph_create(loaded, "third", nullptr, &none), kNotPermitted);
  for (auto [matmul, name] : {std::pair{&one, "one"}, std::pair{&other, "other"}}) {
    ASSERT_EQ(npu.graph_retrieve(loaded, name, &matmul->graph), kSuccess);
    ASSERT_EQ(matmul->execute(npu), kSuccess);
    EXPECT_LE(matmul->error(), 5e-4);
  }
  EXPECT_EQ(binary_of(loaded), binary);
  EXPECT_EQ(npu.context_free(loaded, nullptr), kSuccess);
}

TEST_F(ReferenceNpuMemory, RefusesBinariesThatAreCutSpoiltOrForeign) {
  TestMatmul matmul(3, 40, 20);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  const auto binary = binary_of(context);
  Context loaded = nullptr;
  const auto load = [&](const std::vector<std::byte>& bytes) {
    return npu.context_create_from_binary(backend, device, nullptr, bytes.data(), bytes.size(), &loaded,
                                          nullptr);
  };
  for (const size_t length : {size_t{1}, size_t{31}, size_t{32}, binary.size() / 2, binary.size() - 1})
    EXPECT_EQ(load({binary.begin(), binary.begin() + static_cast<ptrdiff_t>(length)}),
              kContextCreateFromBinary);
  for (size_t at = 0; at < binary.size(); at += at < 64 ? 1 : 61) {
    if (at >= 12 && at < 16) continue;  // Reserved.
    auto spoilt = binary;
    spoilt[at] ^= std::byte{0x40};
    const Status status = load(spoilt);
    EXPECT_EQ(status, at >= 8 && at < 12 ? kContextBinaryVersion : kContextCreateFromBinary) << at;
  }
  EXPECT_EQ(npu.context_create_from_binary(backend, device, nullptr, nullptr, 9, &loaded, nullptr),
            kContextInvalidArgument);
}

TEST_F(ReferenceNpuMemory, ProfilesTheLastExecution) {
  TestMatmul matmul(64, 256, 256);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  Profile profile = nullptr;
  ASSERT_EQ(npu.profile_create(backend, kProfileBasic, &profile), kSuccess);
  const EventId* events = nullptr;
  uint32_t count = 9;
  ASSERT_EQ(npu.profile_get_events(profile, &events, &count), kSuccess);
  EXPECT_EQ(count, 0u);
  ASSERT_EQ(matmul.execute(npu, profile), kSuccess);
  ASSERT_EQ(npu.profile_get_events(profile, &events, &count), kSuccess);
  ASSERT_EQ(count, 1u);
  EventData whole = {}, inner = {};
  ASSERT_EQ(npu.profile_get_event_data(events[0], &whole), kSuccess);
  EXPECT_EQ(whole.type, kEventExecute);
  const EventId* parts = nullptr;
  ASSERT_EQ(npu.profile_get_sub_events(events[0], &parts, &count), kSuccess);
  ASSERT_EQ(count, 1u);
  ASSERT_EQ(npu.profile_get_event_data(parts[0], &inner), kSuccess);
  EXPECT_EQ(inner.type, kEventHtpAccelTime);
  EXPECT_GT(inner.value, 0u);
  EXPECT_LE(inner.value, whole.value);
  const EventId gone = events[0];
  EXPECT_EQ(npu.profile_free(profile), kSuccess);
  EXPECT_EQ(npu.profile_get_event_data(gone, &whole), kProfileInvalidHandle);
}

struct Finished {
  std::atomic<int> count{0};
  std::atomic<uint64_t> failures{0};
};

void note_finished(void* parameter, NotifyStatus status) {
  auto* finished = static_cast<Finished*>(parameter);
  if (status.error != kSuccess) ++finished->failures;
  ++finished->count;
}

TEST_F(ReferenceNpuMemory, QueuesExecutionsAndTellsWhenEachIsDone) {
  TestMatmul matmul(64, 256, 256);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  Finished finished;
  int queued = 0;
  for (int i = 0; i < 200; ++i) {
    const Status status = npu.graph_execute_async(matmul.graph, &matmul.in.tensor, 1, &matmul.out.tensor, 1,
                                                  nullptr, nullptr, note_finished, &finished);
    EXPECT_TRUE(status == kSuccess || status == kGraphQueueFull) << status;
    if (status == kSuccess) ++queued;
  }
  EXPECT_GE(queued, 64);
  while (finished.count < queued) std::this_thread::yield();
  EXPECT_EQ(finished.failures, 0u);
  EXPECT_LE(matmul.error(), 5e-4);
}

TEST_F(ReferenceNpuMemory, RunsOnAThreadOfItsOwnWhereAsked) {
  const Environment core("TANDEM_NPU_CORE", "0");
  TestMatmul matmul(9, 64, 33);
  ASSERT_EQ(matmul.finalize(npu, context, "g"), kSuccess);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(matmul.execute(npu), kSuccess);
  EXPECT_LE(matmul.error(), 5e-4);
}

// Every instruction set that this CPU has, at sizes on both sides of the steps.
TEST_F(ReferenceNpuMemory, EveryInstructionSetGivesTheSameResult) {
  int number = 0;
  for (const char* isa : {"plain", "avx2", "avx512", "best"}) {
    const Environment set("TANDEM_NPU_ISA", isa);
    for (const auto& [m, k, n] : {std::array<uint32_t, 3>{1, 1, 1},
                                  {1, 33, 65},
                                  {2, 31, 33},
                                  {5, 1100, 16},
                                  {12, 64, 17},
                                  {13, 64, 32},
                                  {33, 100, 77},
                                  {70, 520, 40}}) {
      TestMatmul matmul(m, k, n);
      ASSERT_EQ(matmul.finalize(npu, context, std::to_string(number++).c_str()), kSuccess);
      ASSERT_EQ(matmul.execute(npu), kSuccess);
      EXPECT_LE(matmul.error(), 5e-4) << isa << " " << m << "x" << k << "x" << n;
    }
  }
}

}  // namespace
}  // namespace tandem::npu
