#include "runtime/processors.h"

#include <utility>

#include "backends/opencl/opencl_processor.h"
#include "backends/qnn/qnn_processor.h"
#include "backends/qnn/rpcmem.h"

namespace tandem {

Result<std::unique_ptr<Processor>> make_processor(ProcessorKind kind, const ProcessorOptions& options,
                                                  const System& system) {
  switch (kind) {
    case ProcessorKind::kCpu: {
      TANDEM_ASSIGN(std::unique_ptr<cpu::CpuProcessor> cpu, cpu::CpuProcessor::create(options.cpu, system));
      return std::unique_ptr<Processor>(std::move(cpu));
    }
    case ProcessorKind::kGpu: {
      TANDEM_ASSIGN(std::unique_ptr<opencl::OpenClProcessor> gpu,
                    opencl::OpenClProcessor::create(options.opencl));
      return std::unique_ptr<Processor>(std::move(gpu));
    }
    case ProcessorKind::kNpu: {
      TANDEM_ASSIGN(std::unique_ptr<qnn::QnnProcessor> npu, qnn::QnnProcessor::create(options.qnn));
      return std::unique_ptr<Processor>(std::move(npu));
    }
  }
  return Error{ErrorCode::kInternal, "There is no such processor: please report it.", {}};
}

std::vector<ProcessorInfo> processor_infos(const ProcessorOptions& options, const System& system) {
  return {cpu::cpu_info(options.cpu, system), opencl::opencl_info(options.opencl),
          qnn::npu_info(options.qnn)};
}

SharedMemoryAllocator pool_allocator(const ProcessorOptions& options, const Processor* npu) {
  if (dynamic_cast<const qnn::QnnProcessor*>(npu) == nullptr) return allocate_pages;
  auto allocator = qnn::rpcmem_allocator(options.qnn);
  return allocator.ok() ? std::move(allocator).value() : SharedMemoryAllocator(allocate_pages);
}

}  // namespace tandem
