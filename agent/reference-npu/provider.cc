// The one symbol of a QNN library, and the table behind it.
#include "binary.h"

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

Status has_capability(uint32_t) { return kNotSupported; }

Status error_get_message(Status status, const char** message) {
  if (message == nullptr) return kInvalidArgument;
  *message = status == kSuccess ? "success" : "the reference NPU refused the call";
  return kSuccess;
}

Functions functions() {
  Functions table = {};
  table.has_capability = has_capability;
  table.backend_create = backend_create;
  table.backend_get_api_version = backend_get_api_version;
  table.backend_get_build_id = backend_get_build_id;
  table.backend_validate_op = backend_validate_op;
  table.backend_free = backend_free;
  table.context_create = context_create;
  table.context_get_binary_size = context_get_binary_size;
  table.context_get_binary = context_get_binary;
  table.context_create_from_binary = context_create_from_binary;
  table.context_free = context_free;
  table.graph_create = graph_create;
  table.graph_add_node = graph_add_node;
  table.graph_finalize = graph_finalize;
  table.graph_retrieve = graph_retrieve;
  table.graph_execute = graph_execute;
  table.graph_execute_async = graph_execute_async;
  table.tensor_create_graph_tensor = tensor_create;
  table.log_create = log_create;
  table.log_free = log_free;
  table.profile_create = profile_create;
  table.profile_get_events = profile_get_events;
  table.profile_get_sub_events = profile_get_sub_events;
  table.profile_get_event_data = profile_get_event_data;
  table.profile_free = profile_free;
  table.mem_register = mem_register;
  table.mem_deregister = mem_deregister;
  table.device_get_infrastructure = device_get_infrastructure;
  table.device_create = device_create;
  table.device_free = device_free;
  table.error_get_message = error_get_message;
  return table;
}

}  // namespace
}  // namespace tandem::npu

extern "C" __attribute__((visibility("default"))) tandem::qnn::abi::Status QnnInterface_getProviders(
    const tandem::qnn::abi::Provider*** providers, uint32_t* count) {
  using namespace tandem::npu;  // NOLINT
  if (providers == nullptr || count == nullptr) return tandem::qnn::abi::kInvalidArgument;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  // Backend id 0: none of Qualcomm's.
  static tandem::qnn::abi::Provider provider = {0, "TANDEM_REFERENCE_NPU", {}, functions()};
  static const tandem::qnn::abi::Provider* all[] = {&provider};
  provider.version = api_version();
  *providers = all;
  *count = 1;
  return tandem::qnn::abi::kSuccess;
}
