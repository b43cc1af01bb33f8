// Contexts and the graphs in them.
#include <algorithm>

#include "graph.h"

namespace tandem::npu {
namespace {
using namespace qnn::abi;  // NOLINT: this library is that interface.
}

Context::~Context() {
  if (backend) --backend->contexts;
  if (device) --device->contexts;
}

void* adopt(const std::shared_ptr<Context>& context, std::shared_ptr<Graph> graph) {
  const std::string name = graph->name;
  graph->context = context;
  void* handle = registry<Graph>().add(graph);
  context->graphs.emplace(name, std::move(graph));
  context->handles.emplace(name, handle);
  return handle;
}

Status share_weight(Context& context, const Hash& hash, PackedWeight packed,
                    std::shared_ptr<const PackedWeight>& shared) {
  if (!packed.memory || !take_memory(packed.bytes)) return kMemoryAllocation;
  auto owner = std::make_shared<SharedWeight>(std::move(packed));
  shared = std::shared_ptr<const PackedWeight>(owner, &owner->packed);
  context.weights[hash] = shared;
  return kSuccess;
}

Status context_create(qnn::abi::Backend backend, qnn::abi::Device device, Configs,
                      qnn::abi::Context* context) {
  if (context == nullptr) return kContextInvalidArgument;
  auto made = std::make_shared<Context>();
  const auto on = registry<Backend>().find(backend);
  if (!on) return kBackendInvalidHandle;
  const auto of = registry<Device>().find(device);
  if (device != nullptr && !of) return kDeviceInvalidHandle;
  made->backend = on;
  made->device = of;
  ++on->contexts;
  if (of) ++of->contexts;
  *context = registry<Context>().add(std::move(made));
  return kSuccess;
}

Status context_free(qnn::abi::Context context, qnn::abi::Profile) {
  const auto found = registry<Context>().remove(context);
  if (!found) return kContextInvalidHandle;
  registry<RegisteredRange>().remove_if(
      [&](RegisteredRange& range) { return range.context.lock() == found; });
  const std::lock_guard lock(found->mutex);
  for (const auto& [name, handle] : found->handles) registry<Graph>().remove(handle);
  return kSuccess;
}

Status graph_create(qnn::abi::Context context, const char* name, const GraphConfig** configs,
                    qnn::abi::Graph* graph) {
  const auto found = registry<Context>().find(context);
  if (!found) return kContextInvalidHandle;
  if (graph == nullptr) return kGraphInvalidArgument;
  if (name == nullptr || *name == '\0') return kGraphInvalidName;
  for (; configs != nullptr && *configs != nullptr; ++configs) {
    const auto* custom = static_cast<const HtpGraphConfig*>((*configs)->custom);
    if ((*configs)->option != kGraphOptionCustom || custom == nullptr ||
        custom->option != kHtpGraphPrecision || custom->value != kHtpFloat16)
      return kGraphInvalidArgument;
  }
  if (found->from_binary) return kNotPermitted;
  const std::lock_guard lock(found->mutex);
  if (found->graphs.contains(name)) return kGraphInvalidName;
  auto made = std::make_shared<Graph>();
  made->name = name;
  *graph = adopt(found, std::move(made));
  return kSuccess;
}

Status graph_retrieve(qnn::abi::Context context, const char* name, qnn::abi::Graph* graph) {
  const auto found = registry<Context>().find(context);
  if (!found) return kContextInvalidHandle;
  if (name == nullptr || graph == nullptr) return kGraphInvalidArgument;
  const std::lock_guard lock(found->mutex);
  const auto handle = found->handles.find(name);
  if (handle == found->handles.end()) return kGraphDoesNotExist;
  *graph = handle->second;
  return kSuccess;
}

}  // namespace tandem::npu
