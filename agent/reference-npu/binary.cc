#include "binary.h"

#include <xxhash.h>

#include <cstring>
#include <span>

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.

constexpr char kMagic[8] = {'T', 'N', 'P', 'U', 'C', 'T', 'X', '\0'};
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t reserved;
  uint64_t bytes;  // Behind the header.
  uint64_t checksum;
};

// Writes, or only counts where there is no buffer.
class Writer {
 public:
  explicit Writer(std::byte* buffer) : buffer_(buffer) {}
  void bytes(const void* from, size_t count) {
    if (buffer_ != nullptr && count > 0) std::memcpy(buffer_ + at_, from, count);
    at_ += count;
  }
  template <typename T>
  void value(const T& value) {
    bytes(&value, sizeof(value));
  }
  void text(const std::string& text) {
    value(static_cast<uint32_t>(text.size()));
    bytes(text.data(), text.size());
  }
  [[nodiscard]] size_t at() const { return at_; }

 private:
  std::byte* buffer_;
  size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}
  [[nodiscard]] bool bytes(void* to, size_t count) {
    if (count > left_.size()) return false;
    if (count > 0) std::memcpy(to, left_.data(), count);
    left_ = left_.subspan(count);
    return true;
  }
  template <typename T>
  [[nodiscard]] bool value(T& value) {
    return bytes(&value, sizeof(value));
  }
  [[nodiscard]] bool text(std::string& text) {
    uint32_t size = 0;
    if (!value(size) || size > left_.size()) return false;
    text.resize(size);
    return bytes(text.data(), size);
  }

 private:
  std::span<const std::byte> left_;
};

void write(Context& context, Writer& out) {
  std::map<const PackedWeight*, uint32_t> numbers;
  std::vector<std::pair<Hash, std::shared_ptr<const PackedWeight>>> weights;
  for (const auto& [hash, weak] : context.weights) {
    const auto weight = weak.lock();
    if (!weight) continue;
    numbers.emplace(weight.get(), static_cast<uint32_t>(numbers.size()));
    weights.emplace_back(hash, weight);
  }
  out.value(static_cast<uint32_t>(weights.size()));
  for (const auto& [hash, weight] : weights) {
    out.value(hash);
    out.value(weight->form);
    out.value(weight->rows);
    out.value(weight->columns);
    out.bytes(weight->memory.get(), weight->bytes);
  }
  out.value(static_cast<uint32_t>(context.graphs.size()));
  for (const auto& [name, graph] : context.graphs) {
    out.text(name);
    out.value(static_cast<uint32_t>(graph->inputs.size() + graph->outputs.size()));
    for (const auto* ids : {&graph->inputs, &graph->outputs}) {
      for (const uint32_t id : *ids) {
        const TensorInfo& tensor = graph->tensors.at(id);
        out.value(id);
        out.value(tensor.type);
        out.text(tensor.name);
        out.value(static_cast<uint32_t>(tensor.dimensions.size()));
        for (const uint32_t dimension : tensor.dimensions) out.value(dimension);
      }
    }
    out.value(static_cast<uint32_t>(graph->nodes.size()));
    for (const Node& node : graph->nodes) {
      out.value(node.input);
      out.value(node.output);
      out.value(numbers.at(node.packed.get()));
      out.value(static_cast<uint32_t>(node.bias_values.size()));
      out.bytes(node.bias_values.data(), node.bias_values.size() * sizeof(float));
    }
  }
}

bool read_tensor(Reader& in, Graph& graph) {
  TensorInfo tensor;
  uint32_t rank = 0;
  if (!in.value(tensor.id) || !in.value(tensor.type) || !in.text(tensor.name) || !in.value(rank) || rank > 4)
    return false;
  tensor.dimensions.resize(rank);
  for (uint32_t& dimension : tensor.dimensions) {
    if (!in.value(dimension)) return false;
  }
  if (tensor.type != TensorType::kAppWrite && tensor.type != TensorType::kAppRead) return false;
  (tensor.type == TensorType::kAppWrite ? graph.inputs : graph.outputs).push_back(tensor.id);
  return graph.tensors.emplace(tensor.id, std::move(tensor)).second;
}

bool read_node(Reader& in, Graph& graph, std::span<const std::shared_ptr<const PackedWeight>> weights) {
  Node node;
  uint32_t weight = 0, biases = 0;
  if (!in.value(node.input) || !in.value(node.output) || !in.value(weight) || !in.value(biases)) return false;
  if (weight >= weights.size() || !graph.tensors.contains(node.input) || !graph.tensors.contains(node.output))
    return false;
  node.packed = weights[weight];
  const int64_t inputs = graph.tensors.at(node.input).elements();
  if (inputs % node.packed->columns != 0 ||
      inputs / node.packed->columns * node.packed->rows != graph.tensors.at(node.output).elements() ||
      (biases != 0 && biases != node.packed->rows))
    return false;
  node.has_bias = biases != 0;
  node.bias_values.resize(biases);
  if (!in.bytes(node.bias_values.data(), biases * sizeof(float))) return false;
  graph.nodes.push_back(std::move(node));
  return true;
}

Status read(Reader& in, const std::shared_ptr<Context>& context) {
  uint32_t count = 0;
  if (!in.value(count)) return kContextCreateFromBinary;
  std::vector<std::shared_ptr<const PackedWeight>> weights;
  for (uint32_t i = 0; i < count; ++i) {
    Hash hash;
    PackedWeight weight;
    if (!in.value(hash) || !in.value(weight.form) || !in.value(weight.rows) || !in.value(weight.columns) ||
        weight.rows <= 0 || weight.columns <= 0 || weight.rows > 1 << 24 || weight.columns > 1 << 24)
      return kContextCreateFromBinary;
    weight.bytes = packed_bytes(weight.form, weight.rows, weight.columns);
    weight.memory = allocate(weight.bytes);
    if (!weight.memory) return kMemoryAllocation;
    if (!in.bytes(weight.memory.get(), weight.bytes)) return kContextCreateFromBinary;
    weights.emplace_back();
    if (const Status status = share_weight(*context, hash, std::move(weight), weights.back());
        status != kSuccess)
      return status;
  }
  if (!in.value(count)) return kContextCreateFromBinary;
  for (uint32_t i = 0; i < count; ++i) {
    auto graph = std::make_shared<Graph>();
    uint32_t tensors = 0, nodes = 0;
    if (!in.text(graph->name) || !in.value(tensors)) return kContextCreateFromBinary;
    for (uint32_t t = 0; t < tensors; ++t) {
      if (!read_tensor(in, *graph)) return kContextCreateFromBinary;
    }
    if (!in.value(nodes)) return kContextCreateFromBinary;
    for (uint32_t n = 0; n < nodes; ++n) {
      if (!read_node(in, *graph, weights)) return kContextCreateFromBinary;
    }
    if (!take_memory(kGraphBytes)) return kMemoryAllocation;
    graph->held_bytes = kGraphBytes;
    graph->finalized = true;
    if (context->graphs.contains(graph->name)) return kContextCreateFromBinary;
    adopt(context, std::move(graph));
  }
  return kSuccess;
}

// Calls use(context) with all graphs finalized.
template <typename Use>
Status with_finished(qnn::abi::Context context, Use&& use) {
  const auto found = registry<Context>().find(context);
  if (!found) return kContextInvalidHandle;
  const std::lock_guard lock(found->mutex);
  for (const auto& [name, graph] : found->graphs) {
    if (!graph->finalized) return kContextNotFinalized;
  }
  return use(*found);
}

}  // namespace

Status context_get_binary_size(qnn::abi::Context context, uint64_t* bytes) {
  if (bytes == nullptr) return kContextInvalidArgument;
  return with_finished(context, [&](Context& found) {
    Writer counting(nullptr);
    write(found, counting);
    *bytes = sizeof(Header) + counting.at();
    return kSuccess;
  });
}

Status context_get_binary(qnn::abi::Context context, void* buffer, uint64_t capacity, uint64_t* written) {
  if (buffer == nullptr || written == nullptr) return kContextInvalidArgument;
  return with_finished(context, [&](Context& found) {
    Writer counting(nullptr);
    write(found, counting);
    if (capacity < sizeof(Header) + counting.at()) return kContextInvalidArgument;
    auto* payload = static_cast<std::byte*>(buffer) + sizeof(Header);
    Writer out(payload);
    write(found, out);
    Header header = {{}, kVersion, 0, out.at(), XXH3_64bits(payload, out.at())};
    std::memcpy(header.magic, kMagic, sizeof(kMagic));
    std::memcpy(buffer, &header, sizeof(header));
    *written = sizeof(header) + out.at();
    return kSuccess;
  });
}

Status context_create_from_binary(qnn::abi::Backend backend, qnn::abi::Device device, Configs configs,
                                  const void* binary, uint64_t bytes, qnn::abi::Context* context,
                                  qnn::abi::Profile profile) {
  if (binary == nullptr || context == nullptr) return kContextInvalidArgument;
  if (profile != nullptr && !registry<Profile>().find(profile)) return kProfileInvalidHandle;
  Header header;
  if (bytes < sizeof(header)) return kContextCreateFromBinary;
  std::memcpy(&header, binary, sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) return kContextCreateFromBinary;
  if (header.version != kVersion) return kContextBinaryVersion;
  const std::span payload(static_cast<const std::byte*>(binary) + sizeof(header), bytes - sizeof(header));
  if (payload.size() != header.bytes || XXH3_64bits(payload.data(), payload.size()) != header.checksum)
    return kContextCreateFromBinary;
  qnn::abi::Context handle = nullptr;
  if (const Status status = context_create(backend, device, configs, &handle); status != kSuccess)
    return status;
  const auto made = registry<Context>().find(handle);
  made->from_binary = true;
  Reader in(payload);
  if (const Status status = read(in, made); status != kSuccess) {
    (void)context_free(handle, nullptr);
    return status;
  }
  *context = handle;
  return kSuccess;
}

}  // namespace tandem::npu
