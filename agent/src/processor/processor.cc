#include "processor/processor.h"

namespace tandem {

std::string_view processor_kind_name(ProcessorKind kind) {
  switch (kind) {
    case ProcessorKind::kCpu:
      return "cpu";
    case ProcessorKind::kGpu:
      return "gpu";
    case ProcessorKind::kNpu:
      return "npu";
  }
  return "cpu";
}

std::string_view processor_state_name(ProcessorState state) {
  switch (state) {
    case ProcessorState::kReady:
      return "ready";
    case ProcessorState::kMissing:
      return "missing";
    case ProcessorState::kBroken:
      return "broken";
  }
  return "broken";
}

std::string_view processor_role_name(ProcessorRole role) {
  switch (role) {
    case ProcessorRole::kPrimary:
      return "primary";
    case ProcessorRole::kCoProcessor:
      return "co-processor";
    case ProcessorRole::kNone:
      return "none";
  }
  return "none";
}

}  // namespace tandem
