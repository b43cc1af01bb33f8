// The function table of the QNN C interface, in its order up to the entries of API 2.27. Entries that Tandem
// does not call keep their place as plain pointers.
#pragma once

#include <cstdarg>

#include "backends/qnn/abi/tensor.h"

namespace tandem::qnn::abi {

using Log = void*;
using Backend = void*;
using Device = void*;
using Context = void*;
using Graph = void*;
using Profile = void*;
using Signal = void*;
using EventId = uint64_t;
using Unused = void (*)();

struct Version {
  uint32_t major, minor, patch;
};

struct ApiVersion {
  Version core, backend;
};

struct EventData {
  uint32_t type;
  uint32_t unit;
  uint64_t value;
  const char* name;
};

struct GraphConfig {
  uint32_t option;
  void* custom;
};

using LogCallback = void (*)(const char* format, LogLevel level, uint64_t timestamp, va_list values);
using Configs = const void**;  // Ends with a null pointer; null: none.
struct NotifyStatus {
  Status error;
};
using Notify = void (*)(void* parameter, NotifyStatus status);

struct Functions {
  Status (*has_capability)(uint32_t key);
  Status (*backend_create)(Log log, Configs configs, Backend* backend);
  Unused backend_set_config;
  Status (*backend_get_api_version)(ApiVersion* version);
  Status (*backend_get_build_id)(const char** id);
  Unused backend_register_op_package, backend_get_supported_operations;
  Status (*backend_validate_op)(Backend backend, Op op);
  Status (*backend_free)(Backend backend);
  Status (*context_create)(Backend backend, Device device, Configs configs, Context* context);
  Unused context_set_config;
  Status (*context_get_binary_size)(Context context, uint64_t* bytes);
  Status (*context_get_binary)(Context context, void* buffer, uint64_t capacity, uint64_t* written);
  Status (*context_create_from_binary)(Backend backend, Device device, Configs configs, const void* binary,
                                       uint64_t bytes, Context* context, Profile profile);
  Status (*context_free)(Context context, Profile profile);
  Status (*graph_create)(Context context, const char* name, const GraphConfig** configs, Graph* graph);
  Unused graph_create_subgraph, graph_set_config;
  Status (*graph_add_node)(Graph graph, Op op);
  Status (*graph_finalize)(Graph graph, Profile profile, Signal signal);
  Status (*graph_retrieve)(Context context, const char* name, Graph* graph);
  Status (*graph_execute)(Graph graph, const Tensor* inputs, uint32_t input_count, Tensor* outputs,
                          uint32_t output_count, Profile profile, Signal signal);
  Status (*graph_execute_async)(Graph graph, const Tensor* inputs, uint32_t input_count, Tensor* outputs,
                                uint32_t output_count, Profile profile, Signal signal, Notify notify,
                                void* parameter);
  Unused tensor_create_context_tensor;
  Status (*tensor_create_graph_tensor)(Graph graph, Tensor* tensor);
  Status (*log_create)(LogCallback callback, LogLevel most, Log* log);
  Unused log_set_level;
  Status (*log_free)(Log log);
  Status (*profile_create)(Backend backend, uint32_t level, Profile* profile);
  Unused profile_set_config;
  Status (*profile_get_events)(Profile profile, const EventId** events, uint32_t* count);
  Status (*profile_get_sub_events)(EventId event, const EventId** events, uint32_t* count);
  Status (*profile_get_event_data)(EventId event, EventData* data);
  Unused profile_get_extended_event_data;
  Status (*profile_free)(Profile profile);
  Status (*mem_register)(Context context, const MemoryDescriptor* descriptors, uint32_t count,
                         MemoryHandle* handles);
  Status (*mem_deregister)(const MemoryHandle* handles, uint32_t count);
  Unused device_get_platform_info, device_free_platform_info;
  Status (*device_get_infrastructure)(const void** infrastructure);
  Status (*device_create)(Log log, Configs configs, Device* device);
  Unused device_set_config, device_get_info;
  Status (*device_free)(Device device);
  Unused signal_create, signal_set_config, signal_trigger, signal_free;
  Status (*error_get_message)(Status status, const char** message);
  Status (*error_get_verbose_message)(Status status, const char** message);
  Status (*error_free_verbose_message)(const char* message);
  Unused graph_prepare_execution, graph_release_execution, graph_get_property;
};

struct Provider {
  uint32_t backend_id;
  const char* name;
  ApiVersion version;
  Functions functions;
};

// extern "C", the one symbol of a QNN library.
using GetProviders = Status (*)(const Provider*** providers, uint32_t* count);
inline constexpr const char* kGetProviders = "QnnInterface_getProviders";

static_assert(sizeof(EventData) == 24 && sizeof(GraphConfig) == 16 && sizeof(ApiVersion) == 24);
static_assert(offsetof(Functions, context_create_from_binary) == 13 * 8);
static_assert(offsetof(Functions, graph_execute) == 168);
static_assert(offsetof(Functions, mem_register) == 35 * 8);
static_assert(offsetof(Functions, device_create) == 320);
static_assert(offsetof(Functions, error_get_message) == 384);
static_assert(sizeof(Functions) == 54 * 8);
static_assert(offsetof(Provider, functions) == 40);

}  // namespace tandem::qnn::abi
