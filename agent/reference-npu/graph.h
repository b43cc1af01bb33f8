// Contexts and their graphs: tensors, nodes, the order of calls, execution.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "device.h"
#include "memory.h"
#include "profile.h"

namespace tandem::npu {

using Hash = std::pair<uint64_t, uint64_t>;

struct StaticData {
  std::vector<std::byte> bytes;  // A copy; empty once it is packed.
  std::vector<float> scales;     // Of quantized weights, one for each row.
  int width = 0;                 // Of quantized weights, in bits; 0: floats.
  Hash hash = {};                // Of all that and the shape.
};

struct TensorInfo {
  uint32_t id = 0;
  std::string name;
  qnn::abi::TensorType type = qnn::abi::TensorType::kNull;
  qnn::abi::DataType data_type = qnn::abi::DataType::kFloat32;
  std::vector<uint32_t> dimensions;
  StaticData data;  // Of static ones.

  [[nodiscard]] int64_t elements() const;
};

// FullyConnected, or MatMul with a static second input.
struct Node {
  uint32_t input = 0, weight = 0, output = 0;  // Tensor ids.
  bool has_bias = false;
  uint32_t bias = 0;
  bool transposed = false;  // The weight lies as [columns, rows].
  std::shared_ptr<const PackedWeight> packed;
  std::vector<float> bias_values;
};

struct Context;

struct Graph {
  std::string name;
  std::weak_ptr<Context> context;
  std::mutex mutex;  // Of everything below, until it is finalized.
  std::map<uint32_t, TensorInfo> tensors;
  std::vector<uint32_t> inputs, outputs;  // In the order in which they were created.
  std::vector<Node> nodes;
  std::map<uint32_t, uint32_t>
      casts;  // fp16 tensors inside the graph, by the fp32 input that they are cast from.
  std::atomic<bool> finalized{false};
  size_t held_bytes = 0;  // Beside the weights.

  ~Graph() { give_memory(held_bytes); }
};

// A weight that graphs of a context share.
struct SharedWeight {
  explicit SharedWeight(PackedWeight weight) : packed(std::move(weight)) {}
  PackedWeight packed;
  ~SharedWeight() { give_memory(packed.bytes); }
};

struct Context {
  std::shared_ptr<Backend> backend;
  std::shared_ptr<Device> device;  // May be null.
  bool from_binary = false;        // Then it takes no more graphs.
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Graph>> graphs;
  std::map<std::string, void*> handles;  // Of the graphs.
  std::map<Hash, std::weak_ptr<const PackedWeight>> weights;
  Mappings mappings;

  ~Context();
};

inline constexpr size_t kGraphBytes = size_t{16} << 10;  // What a graph holds beside its weights.

// Takes memory for a packed weight and shares it within the context. Error: memory.
[[nodiscard]] qnn::abi::Status share_weight(Context& context, const Hash& hash, PackedWeight packed,
                                            std::shared_ptr<const PackedWeight>& shared);

// The functions of the interface.
qnn::abi::Status context_create(qnn::abi::Backend backend, qnn::abi::Device device, qnn::abi::Configs configs,
                                qnn::abi::Context* context);
qnn::abi::Status context_free(qnn::abi::Context context, qnn::abi::Profile profile);
qnn::abi::Status graph_create(qnn::abi::Context context, const char* name,
                              const qnn::abi::GraphConfig** configs, qnn::abi::Graph* graph);
qnn::abi::Status graph_retrieve(qnn::abi::Context context, const char* name, qnn::abi::Graph* graph);
qnn::abi::Status tensor_create(qnn::abi::Graph graph, qnn::abi::Tensor* tensor);
qnn::abi::Status backend_validate_op(qnn::abi::Backend backend, qnn::abi::Op op);
qnn::abi::Status graph_add_node(qnn::abi::Graph graph, qnn::abi::Op op);
qnn::abi::Status graph_finalize(qnn::abi::Graph graph, qnn::abi::Profile profile, qnn::abi::Signal signal);
qnn::abi::Status graph_execute(qnn::abi::Graph graph, const qnn::abi::Tensor* inputs, uint32_t input_count,
                               qnn::abi::Tensor* outputs, uint32_t output_count, qnn::abi::Profile profile,
                               qnn::abi::Signal signal);
qnn::abi::Status graph_execute_async(qnn::abi::Graph graph, const qnn::abi::Tensor* inputs,
                                     uint32_t input_count, qnn::abi::Tensor* outputs, uint32_t output_count,
                                     qnn::abi::Profile profile, qnn::abi::Signal signal,
                                     qnn::abi::Notify notify, void* parameter);

// Registers a graph with its context and gives it a handle.
void* adopt(const std::shared_ptr<Context>& context, std::shared_ptr<Graph> graph);

}  // namespace tandem::npu
