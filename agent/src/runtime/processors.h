// The processors of this device by kind.
#pragma once

#include <memory>
#include <vector>

#include "backends/cpu/cpu_processor.h"
#include "backends/opencl/options.h"
#include "backends/qnn/options.h"
#include "base/result.h"
#include "base/system.h"
#include "processor/processor.h"

namespace tandem {

struct ProcessorOptions {
  cpu::CpuOptions cpu;
  opencl::OpenClOptions opencl;
  qnn::QnnOptions qnn;
};

// To be called by the thread that will run its programs. Errors: processor-missing, processor-failed, those
// of the backend.
[[nodiscard]] Result<std::unique_ptr<Processor>> make_processor(ProcessorKind kind,
                                                                const ProcessorOptions& options,
                                                                const System& system);

// What each kind of processor says of itself, ready or not, without keeping one.
[[nodiscard]] std::vector<ProcessorInfo> processor_infos(const ProcessorOptions& options,
                                                         const System& system);

// Memory that this co-processor can map; null: there is none. Plain pages where the device has no such
// memory.
[[nodiscard]] SharedMemoryAllocator pool_allocator(const ProcessorOptions& options, const Processor* npu);

}  // namespace tandem
