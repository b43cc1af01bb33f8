// Activation memory that the NPU can map: rpcmem, with a file descriptor behind each buffer.
#pragma once

#include "backends/qnn/options.h"
#include "base/result.h"
#include "processor/shared_memory.h"

namespace tandem::qnn {

// An allocator over the rpcmem library that the options name. Errors: processor-missing where there is none;
// what it allocates fails with out-of-memory.
[[nodiscard]] Result<SharedMemoryAllocator> rpcmem_allocator(const QnnOptions& options);

}  // namespace tandem::qnn
