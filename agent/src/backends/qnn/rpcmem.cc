#include "backends/qnn/rpcmem.h"

#include <dlfcn.h>

#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "backends/qnn/library.h"
#include "base/system.h"

namespace tandem::qnn {
namespace {

constexpr int kSystemHeap = 25;
constexpr uint32_t kCached = 1;

struct Rpcmem {
  void* (*alloc)(int heap, uint32_t flags, int bytes) = nullptr;
  void (*free)(void* memory) = nullptr;
  int (*to_fd)(void* memory) = nullptr;
};

class Buffer : public SharedMemory {
 public:
  Buffer(const Rpcmem& rpcmem, std::span<std::byte> bytes) : rpcmem_(rpcmem), bytes_(bytes) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() override { rpcmem_.free(bytes_.data()); }
  [[nodiscard]] std::span<std::byte> bytes() const override { return bytes_; }
  [[nodiscard]] int fd() const override { return rpcmem_.to_fd(bytes_.data()); }

 private:
  Rpcmem rpcmem_;
  std::span<std::byte> bytes_;
};

std::string rpcmem_name(const QnnOptions& options) {
  if (!options.rpcmem_library.empty()) return options.rpcmem_library;
#if defined(__ANDROID__)
  return "libcdsprpc.so";
#else
  return library_name(options);
#endif
}

}  // namespace

Result<SharedMemoryAllocator> rpcmem_allocator(const QnnOptions& options) {
  Rpcmem rpcmem;
  const std::string name = rpcmem_name(options);
#if !defined(TANDEM_STATIC)
  void* library = name.empty() ? nullptr : ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library != nullptr) {
    rpcmem.alloc = reinterpret_cast<decltype(rpcmem.alloc)>(::dlsym(library, "rpcmem_alloc"));
    rpcmem.free = reinterpret_cast<decltype(rpcmem.free)>(::dlsym(library, "rpcmem_free"));
    rpcmem.to_fd = reinterpret_cast<decltype(rpcmem.to_fd)>(::dlsym(library, "rpcmem_to_fd"));
  }
#endif
  if (rpcmem.alloc == nullptr || rpcmem.free == nullptr || rpcmem.to_fd == nullptr)
    return Error{ErrorCode::kProcessorMissing,
                 "Shared memory for the NPU is missing (no rpcmem in \"" + name +
                     "\"): its inputs and outputs are copied by the driver.",
                 {{"library", name}}};
  return SharedMemoryAllocator([rpcmem](int64_t bytes) -> Result<std::unique_ptr<SharedMemory>> {
    const auto page = static_cast<int64_t>(page_size());
    const int64_t size = (bytes + page - 1) / page * page;
    void* memory = size <= std::numeric_limits<int>::max()
                       ? rpcmem.alloc(kSystemHeap, kCached, static_cast<int>(size))
                       : nullptr;
    if (memory == nullptr)
      return Error{ErrorCode::kOutOfMemory,
                   "There is no shared memory for " + std::to_string(bytes >> 20) +
                       " MiB of activations: close other programs or choose a smaller model.",
                   {{"bytes", std::to_string(bytes)}}};
    const std::span span(static_cast<std::byte*>(memory), static_cast<size_t>(size));
    std::memset(span.data(), 0, span.size());
    return std::unique_ptr<SharedMemory>(new Buffer(rpcmem, span));
  });
}

}  // namespace tandem::qnn
