#include "runtime/processors.h"

#include <string>
#include <utility>

namespace tandem {
namespace {

ProcessorInfo missing(ProcessorKind kind, const char* name, const char* reason) {
  ProcessorInfo info;
  info.kind = kind;
  info.name = name;
  info.state = ProcessorState::kMissing;
  info.reason = reason;
  return info;
}

constexpr const char* kNoGpu = "This build of the agent has no OpenCL backend.";
constexpr const char* kNoNpu = "This build of the agent has no QNN backend.";

}  // namespace

Result<std::unique_ptr<Processor>> make_processor(ProcessorKind kind, const ProcessorOptions& options,
                                                  const System& system) {
  switch (kind) {
    case ProcessorKind::kCpu: {
      TANDEM_ASSIGN(std::unique_ptr<cpu::CpuProcessor> cpu, cpu::CpuProcessor::create(options.cpu, system));
      return std::unique_ptr<Processor>(std::move(cpu));
    }
    case ProcessorKind::kGpu:
      return Error{ErrorCode::kProcessorMissing, kNoGpu, {}};
    case ProcessorKind::kNpu:
      return Error{ErrorCode::kProcessorMissing, kNoNpu, {}};
  }
  return Error{ErrorCode::kProcessorMissing, "There is no such processor.", {}};
}

std::vector<ProcessorInfo> processor_infos(const ProcessorOptions& options, const System& system) {
  return {cpu::cpu_info(options.cpu, system), missing(ProcessorKind::kGpu, "GPU", kNoGpu),
          missing(ProcessorKind::kNpu, "NPU", kNoNpu)};
}

SharedMemoryAllocator pool_allocator(const ProcessorOptions&, bool) { return allocate_pages; }

}  // namespace tandem
