// Memory that every processor of a device can map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"

namespace tandem {

class SharedMemory {
 public:
  virtual ~SharedMemory() = default;
  // Aligned to a page, a whole number of pages.
  [[nodiscard]] virtual std::span<std::byte> bytes() const = 0;
  // The file descriptor by which drivers map it (rpcmem, dma-buf); -1: plain memory of this process.
  [[nodiscard]] virtual int fd() const = 0;
};

// Zeroed memory of at least this size. Error: out-of-memory.
using SharedMemoryAllocator = std::function<Result<std::unique_ptr<SharedMemory>>(int64_t bytes)>;

// Plain pages of this process.
[[nodiscard]] Result<std::unique_ptr<SharedMemory>> allocate_pages(int64_t bytes);

}  // namespace tandem
