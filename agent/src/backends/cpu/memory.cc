#include "backends/cpu/memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace tandem::cpu {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kLine = 64;

size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

Error out_of_memory(size_t bytes) {
  return Error{ErrorCode::kOutOfMemory,
               "The system refused " + std::to_string((bytes + (1 << 20) - 1) >> 20) +
                   " MiB of memory: close other programs or take a smaller model or context.",
               {{"bytes", std::to_string(bytes)}}};
}

}  // namespace

Result<Memory> Memory::allocate(size_t bytes) {
  Memory memory;
  memory.bytes_ = bytes;
  if (bytes > SIZE_MAX / 2) return out_of_memory(bytes);
  if (bytes < kHugePage) {  // From the heap, where sanitizers watch its bounds.
    const size_t size = round_up(bytes == 0 ? 1 : bytes, kLine);
    memory.data_ = static_cast<std::byte*>(std::aligned_alloc(kLine, size));
    if (memory.data_ == nullptr) return out_of_memory(bytes);
    std::memset(memory.data_, 0, size);
    return memory;
  }
  const size_t size = round_up(bytes, kHugePage);
  void* mapping = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return out_of_memory(bytes);
  memory.mapping_ = mapping;
  memory.mapping_bytes_ = size + kHugePage;
  const auto address = reinterpret_cast<uintptr_t>(mapping);
  memory.data_ = static_cast<std::byte*>(mapping) + (round_up(address, kHugePage) - address);
  madvise(memory.data_, size, MADV_HUGEPAGE);  // A wish; smaller pages work too.
  return memory;
}

void Memory::touch() {
  constexpr size_t kSmallestPage = 4096;
  for (size_t i = 0; i < bytes_; i += kSmallestPage) const_cast<volatile std::byte*>(data_)[i] = std::byte{0};
}

Memory::Memory(Memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_bytes_(std::exchange(other.mapping_bytes_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_bytes_, other.mapping_bytes_);
  return *this;
}

Memory::~Memory() {
  if (mapping_ != nullptr) {
    munmap(mapping_, mapping_bytes_);
  } else {
    std::free(data_);
  }
}

}  // namespace tandem::cpu
