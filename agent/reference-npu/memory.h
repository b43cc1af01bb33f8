// Memory that clients register by file descriptor: mapped once for each buffer, however many tensors lie in
// it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "backends/qnn/abi/interface.h"
#include "backends/qnn/abi/status.h"

namespace tandem::npu {

struct Context;

struct Mapping {
  std::byte* memory = nullptr;
  size_t bytes = 0;
  ~Mapping();
};

class Mappings {
 public:
  // At least `bytes` of the file; null where it cannot be mapped.
  [[nodiscard]] std::shared_ptr<Mapping> map(int fd, size_t bytes);

 private:
  std::mutex mutex_;
  std::map<std::pair<dev_t, ino_t>, std::weak_ptr<Mapping>> mappings_;
};

struct RegisteredRange {
  std::weak_ptr<Context> context;
  std::shared_ptr<Mapping> mapping;
  size_t offset = 0, bytes = 0;
};

qnn::abi::Status mem_register(qnn::abi::Context context, const qnn::abi::MemoryDescriptor* descriptors,
                              uint32_t count, qnn::abi::MemoryHandle* handles);
qnn::abi::Status mem_deregister(const qnn::abi::MemoryHandle* handles, uint32_t count);

}  // namespace tandem::npu
