// Tensors and nodes of a graph that is not finalized yet, and finalizing, which packs the weights.
#include <xxhash.h>

#include <cstring>
#include <string_view>

#include "graph.h"
#include "misbehave.h"

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

size_t element_bytes(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return 4;
    case DataType::kFloat16:
      return 2;
    case DataType::kSignedFixed8:
      return 1;
    default:
      return 0;  // Not taken.
  }
}

// Scales along the axis of the rows, 0 or 1 of two.
Status read_quantization(const TensorV1& tensor, TensorInfo& info) {
  const Quantization& quantization = tensor.quantization;
  if (quantization.definition != Definition::kDefined || tensor.rank != 2) return kTensorInvalidParam;
  int32_t axis = 0;
  uint32_t count = 0;
  if (quantization.encoding == Encoding::kAxisScaleOffset) {
    info.data.width = 8;
    axis = quantization.axis.axis;
    count = quantization.axis.count;
    if (quantization.axis.scales == nullptr) return kTensorInvalidParam;
    for (uint32_t i = 0; i < count; ++i) {
      if (quantization.axis.scales[i].offset != 0) return kTensorUnsupportedParam;
      info.data.scales.push_back(quantization.axis.scales[i].scale);
    }
  } else if (quantization.encoding == Encoding::kWidthAxisScaleOffset) {
    const WidthAxisScaleOffset& scales = quantization.width_axis;
    if (scales.width != 4 || scales.offsets != nullptr) return kTensorUnsupportedParam;
    info.data.width = 4;
    axis = scales.axis;
    count = scales.count;
    if (scales.scales == nullptr) return kTensorInvalidParam;
    info.data.scales.assign(scales.scales, scales.scales + count);
  } else {
    return kTensorUnsupportedParam;
  }
  if ((axis != 0 && axis != 1) || count != tensor.dimensions[axis]) return kTensorInvalidParam;
  return kSuccess;
}

Status read_static(const TensorV1& tensor, TensorInfo& info) {
  const size_t bytes = static_cast<size_t>(info.elements()) * element_bytes(info.data_type);
  if (tensor.memory_type != MemoryType::kRaw || tensor.client.data == nullptr || tensor.client.bytes != bytes)
    return kTensorInvalidParam;
  if (info.data_type == DataType::kSignedFixed8) {
    if (const Status status = read_quantization(tensor, info); status != kSuccess) return status;
  }
  const auto* data = static_cast<const std::byte*>(tensor.client.data);
  info.data.bytes.assign(data, data + bytes);
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  const auto type = static_cast<uint32_t>(info.data_type);
  XXH3_128bits_update(&state, &type, sizeof(type));
  XXH3_128bits_update(&state, &info.data.width, sizeof(info.data.width));
  XXH3_128bits_update(&state, info.dimensions.data(), info.dimensions.size() * sizeof(uint32_t));
  XXH3_128bits_update(&state, info.data.scales.data(), info.data.scales.size() * sizeof(float));
  XXH3_128bits_update(&state, data, bytes);
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  info.data.hash = {hash.high64, hash.low64};
  return kSuccess;
}

// The tensor of the graph that an op names; null where there is none of that id and type.
const TensorInfo* tensor_of(const Graph& graph, const Tensor& tensor, TensorType type) {
  const auto found = graph.tensors.find(tensor.v1.id);
  return found != graph.tensors.end() && found->second.type == type ? &found->second : nullptr;
}

bool is_weight(const TensorInfo& tensor) { return tensor.dimensions.size() == 2; }

// Whether the op's second input lies as [rows, columns]. Status: of its parameters.
Status read_layout(const Op& op, bool& row_major) {
  row_major = std::strcmp(op.v1.type, kFullyConnected) == 0;
  for (uint32_t i = 0; i < op.v1.param_count; ++i) {
    const Param& param = op.v1.params[i];
    if (param.name == nullptr || param.type != ParamType::kScalar) return kGraphInvalidOp;
    if (std::strcmp(param.name, kTransposeSecond) != 0 || param.scalar.type != DataType::kBool8 || row_major)
      return kGraphInvalidOp;
    row_major = param.scalar.bool8_value != 0;
    return kSuccess;
  }
  return kSuccess;
}

// fp16 weights with fp32 activations where only equal types are taken.
bool mixes_types(const Op& op) {
  return !takes_mixed_types() && op.v1.inputs[1].v1.data_type == DataType::kFloat16 &&
         (op.v1.inputs[0].v1.data_type != DataType::kFloat16 ||
          op.v1.outputs[0].v1.data_type != DataType::kFloat16);
}

bool is_cast(const Op& op) { return std::strcmp(op.v1.type, kCast) == 0; }

Status check_op(const Op& op) {
  if (op.version != kOpVersion1 || op.v1.name == nullptr || op.v1.package == nullptr || op.v1.type == nullptr)
    return kGraphInvalidOp;
  const bool is_matmul =
      std::strcmp(op.v1.type, kFullyConnected) == 0 || std::strcmp(op.v1.type, kMatMul) == 0;
  const bool known = std::strcmp(op.v1.package, kOpPackage) == 0 && (is_matmul || is_cast(op));
  const bool in_counts =
      is_matmul ? op.v1.input_count == 2 || op.v1.input_count == 3 : op.v1.input_count == 1;
  const bool counts = in_counts && op.v1.inputs != nullptr && op.v1.output_count == 1 &&
                      op.v1.outputs != nullptr && (op.v1.param_count == 0 || op.v1.params != nullptr);
  if (!known || !counts) return kGraphInvalidOp;
  return is_matmul && mixes_types(op) ? kGraphInvalidOp : kSuccess;
}

// The fp32 input that a matmul reads, itself or through a cast, which the kernels make of their own.
const TensorInfo* matmul_input(const Graph& graph, const Tensor& tensor) {
  const auto cast = graph.casts.find(tensor.v1.id);
  if (cast != graph.casts.end()) return &graph.tensors.at(cast->second);
  return tensor_of(graph, tensor, TensorType::kAppWrite);
}

// Before a matmul, or behind one, whose output becomes the cast's.
Status add_cast(Graph& graph, const Op& op) {
  const TensorInfo* from = tensor_of(graph, op.v1.inputs[0], TensorType::kAppWrite);
  const TensorInfo* to = tensor_of(graph, op.v1.outputs[0], TensorType::kNative);
  if (from != nullptr && to != nullptr && from->dimensions == to->dimensions)
    return graph.casts.emplace(to->id, from->id).second ? kSuccess : kGraphInvalidTensor;
  from = tensor_of(graph, op.v1.inputs[0], TensorType::kNative);
  to = tensor_of(graph, op.v1.outputs[0], TensorType::kAppRead);
  if (from == nullptr || to == nullptr) return kGraphUnconnectedNode;
  if (from->dimensions != to->dimensions) return kGraphInvalidTensor;
  for (Node& node : graph.nodes) {
    if (node.output != from->id) continue;
    node.output = to->id;
    return kSuccess;
  }
  return kGraphUnconnectedNode;
}

PackedWeight pack(const TensorInfo& tensor, bool transposed) {
  const auto rows = static_cast<int64_t>(tensor.dimensions[transposed ? 1 : 0]);
  const auto columns = static_cast<int64_t>(tensor.dimensions[transposed ? 0 : 1]);
  const std::byte* data = tensor.data.bytes.data();
  switch (tensor.data_type) {
    case DataType::kFloat32:
      return pack_float(reinterpret_cast<const float*>(data), rows, columns, transposed);
    case DataType::kFloat16:
      return pack_half(reinterpret_cast<const uint16_t*>(data), rows, columns, transposed);
    default:
      return pack_int8(reinterpret_cast<const int8_t*>(data), tensor.data.width, tensor.data.scales.data(),
                       rows, columns, transposed);
  }
}

Status finalize_node(Context& context, Graph& graph, Node& node) {
  if (graph.tensors.at(node.output).type != TensorType::kAppRead)
    return kGraphFinalizeFailed;  // Leads nowhere.
  TensorInfo& weight = graph.tensors.at(node.weight);
  const int64_t rows = weight.dimensions[node.transposed ? 1 : 0];
  const int64_t columns = weight.dimensions[node.transposed ? 0 : 1];
  if (refuses(columns, rows)) return kGraphFinalizeFailed;
  Hash hash = weight.data.hash;
  hash.second ^= node.transposed ? 1 : 0;
  if (!(node.packed = context.weights[hash].lock())) {
    const Status status = share_weight(context, hash, pack(weight, node.transposed), node.packed);
    if (status != kSuccess) return status;
  }
  if (!node.has_bias) return kSuccess;
  const TensorInfo& bias = graph.tensors.at(node.bias);
  node.bias_values.resize(static_cast<size_t>(bias.elements()));
  if (bias.data_type == DataType::kFloat32)
    std::memcpy(node.bias_values.data(), bias.data.bytes.data(), bias.data.bytes.size());
  else
    widen_half(reinterpret_cast<const uint16_t*>(bias.data.bytes.data()), bias.elements(),
               node.bias_values.data());
  return kSuccess;
}

}  // namespace

int64_t TensorInfo::elements() const {
  int64_t count = 1;
  for (const uint32_t dimension : dimensions) count *= dimension;
  return count;
}

Status tensor_create(qnn::abi::Graph graph, Tensor* tensor) {
  const auto found = registry<Graph>().find(graph);
  if (!found) return kTensorInvalidHandle;
  if (tensor == nullptr || (tensor->version != kTensorVersion1 && tensor->version != kTensorVersion2))
    return kTensorInvalidParam;
  TensorV1& given = tensor->v1;
  if (given.name == nullptr || given.rank == 0 || given.rank > 4 || given.dimensions == nullptr ||
      given.format != kDenseFormat)
    return kTensorInvalidParam;
  if (tensor->version == kTensorVersion2 && tensor->v2.dynamic_dimensions != nullptr)
    return kTensorUnsupportedParam;  // Shapes are static.
  const bool io = given.type == TensorType::kAppWrite || given.type == TensorType::kAppRead;
  const bool inside = given.type == TensorType::kNative;
  if ((!io && !inside && given.type != TensorType::kStatic) ||
      (io && given.data_type != DataType::kFloat32) || (inside && given.data_type != DataType::kFloat16) ||
      element_bytes(given.data_type) == 0)
    return kTensorUnsupportedParam;
  TensorInfo info;
  info.name = given.name;
  info.type = given.type;
  info.data_type = given.data_type;
  info.dimensions.assign(given.dimensions, given.dimensions + given.rank);
  for (const uint32_t dimension : info.dimensions) {
    if (dimension == 0) return kTensorInvalidParam;  // A dimension that is not known yet is none.
  }
  if (info.elements() > int64_t{1} << 40) return kTensorInvalidParam;
  if (given.type == TensorType::kStatic) {
    if (const Status status = read_static(given, info); status != kSuccess) return status;
  }
  const std::lock_guard lock(found->mutex);
  if (found->finalized) return kGraphFinalized;
  info.id = static_cast<uint32_t>(found->tensors.size()) + 1;
  given.id = info.id;
  if (given.type == TensorType::kAppWrite) found->inputs.push_back(info.id);
  if (given.type == TensorType::kAppRead) found->outputs.push_back(info.id);
  found->tensors.emplace(info.id, std::move(info));
  return kSuccess;
}

Status backend_validate_op(qnn::abi::Backend backend, Op op) {
  if (!registry<Backend>().find(backend)) return kBackendInvalidHandle;
  return check_op(op) == kSuccess ? kSuccess : kOpValidationFailed;
}

Status graph_add_node(qnn::abi::Graph graph, Op op) {
  const auto found = registry<Graph>().find(graph);
  if (!found) return kGraphInvalidHandle;
  if (const Status status = check_op(op); status != kSuccess) return status;
  const std::lock_guard lock(found->mutex);
  if (found->finalized) return kGraphFinalized;
  if (is_cast(op)) return add_cast(*found, op);
  Node node;
  bool row_major = true;
  if (const Status status = read_layout(op, row_major); status != kSuccess) return status;
  node.transposed = !row_major;
  const TensorInfo* input = matmul_input(*found, op.v1.inputs[0]);
  const TensorInfo* weight = tensor_of(*found, op.v1.inputs[1], TensorType::kStatic);
  const TensorInfo* output = tensor_of(*found, op.v1.outputs[0], TensorType::kAppRead);
  if (output == nullptr) output = tensor_of(*found, op.v1.outputs[0], TensorType::kNative);
  if (input == nullptr || weight == nullptr || output == nullptr) return kGraphUnconnectedNode;
  if (input->dimensions.size() < 2 || !is_weight(*weight) || output->dimensions.size() < 2)
    return kGraphInvalidTensor;
  const uint32_t rows = weight->dimensions[node.transposed ? 1 : 0];
  const uint32_t columns = weight->dimensions[node.transposed ? 0 : 1];
  if (input->dimensions.back() != columns || output->dimensions.back() != rows ||
      input->elements() / columns != output->elements() / rows)
    return kGraphInvalidTensor;
  if (weight->data.width != 0 && weight->data.scales.size() != rows) return kGraphInvalidTensor;
  if (op.v1.input_count == 3) {
    const TensorInfo* bias = tensor_of(*found, op.v1.inputs[2], TensorType::kStatic);
    if (bias == nullptr) return kGraphUnconnectedNode;
    const bool floats = bias->data_type == DataType::kFloat32 || bias->data_type == DataType::kFloat16;
    if (!floats || bias->elements() != rows) return kGraphInvalidTensor;
    node.has_bias = true;
    node.bias = bias->id;
  }
  node.input = input->id;
  node.weight = weight->id;
  node.output = output->id;
  found->nodes.push_back(std::move(node));
  return kSuccess;
}

Status graph_finalize(qnn::abi::Graph graph, qnn::abi::Profile profile, Signal signal) {
  const auto found = registry<Graph>().find(graph);
  if (!found) return kGraphInvalidHandle;
  if (signal != nullptr) return kNotSupported;
  if (profile != nullptr && !registry<Profile>().find(profile)) return kGraphSetProfile;
  const auto context = found->context.lock();
  if (!context) return kGraphInvalidHandle;
  const std::scoped_lock lock(found->mutex, context->mutex);
  if (found->finalized) return kGraphFinalized;
  if (found->nodes.empty()) return kGraphFinalizeFailed;
  if (found->held_bytes == 0) {
    if (!take_memory(kGraphBytes)) return kMemoryAllocation;
    found->held_bytes = kGraphBytes;
  }
  for (Node& node : found->nodes) {
    if (const Status status = finalize_node(*context, *found, node); status != kSuccess) return status;
  }
  // Assigned an empty list, a vector would keep its memory.
  for (auto& [id, tensor] : found->tensors) tensor.data.bytes = std::vector<std::byte>();
  found->finalized = true;
  return kSuccess;
}

}  // namespace tandem::npu
