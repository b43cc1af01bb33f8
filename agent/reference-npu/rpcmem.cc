// Shared memory as Qualcomm's libcdsprpc.so gives it, with a memfd behind each buffer.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <mutex>

namespace {

struct Buffer {
  int fd;
  size_t bytes;
};

std::mutex mutex;
std::map<void*, Buffer>& buffers() {
  static std::map<void*, Buffer> all;
  return all;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void* rpcmem_alloc(int /*heap*/, uint32_t /*flags*/, int size) {
  if (size <= 0) return nullptr;
  const int fd = ::memfd_create("rpcmem", MFD_CLOEXEC);
  if (fd < 0) return nullptr;
  const auto bytes = static_cast<size_t>(size);
  void* memory = ::ftruncate(fd, size) == 0
                     ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                     : MAP_FAILED;
  if (memory == MAP_FAILED) {
    ::close(fd);
    return nullptr;
  }
  const std::lock_guard lock(mutex);
  buffers().emplace(memory, Buffer{fd, bytes});
  return memory;
}

__attribute__((visibility("default"))) void rpcmem_free(void* memory) {
  const std::lock_guard lock(mutex);
  const auto found = buffers().find(memory);
  if (found == buffers().end()) return;
  ::munmap(memory, found->second.bytes);
  ::close(found->second.fd);
  buffers().erase(found);
}

__attribute__((visibility("default"))) int rpcmem_to_fd(void* memory) {
  const std::lock_guard lock(mutex);
  const auto found = buffers().find(memory);
  return found == buffers().end() ? -1 : found->second.fd;
}
}
