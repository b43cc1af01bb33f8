#include "backends/qnn/session.h"

#include <utility>

#include "backends/qnn/static_weight.h"
#include "backends/qnn/status.h"
#include "base/log.h"
#include "tensor/convert.h"

namespace tandem::qnn {
namespace {

// Registrations of one context; the ranges of a new length replace those of old ones.
constexpr size_t kMostHandles = 4096;

const Op& op_of(const Graph& graph, OpId id) { return graph.ops[static_cast<size_t>(id)]; }

std::string shape_text(const Op& op, const GraphKey& key) {
  std::string text = "[M ";
  text.append(std::to_string(key.tokens)).append(", K ").append(std::to_string(op.k));
  return text.append(", N ").append(std::to_string(key.rows)).append("]");
}

Error compile_error(const Op& op, const GraphKey& key, abi::Status status) {
  const ErrorCode code = status_error_code(status);
  const std::string what = "The NPU cannot have the graph of " + op.name + " " + shape_text(op, key);
  const char* advice = code == ErrorCode::kUnsupported   ? "place this shape on the primary processor"
                       : code == ErrorCode::kOutOfMemory ? "allow fewer NPU graphs or choose a smaller model"
                                                         : "load the model again without the NPU";
  return status_error(what, status, advice,
                      {{"op", op.name},
                       {"m", std::to_string(key.tokens)},
                       {"k", std::to_string(op.k)},
                       {"n", std::to_string(key.rows)}},
                      code);
}

// Tells of a group's rows that they were read, the bias's too.
Result<void> tell_copied(const Op& op, const WeightGroup& group, const PrepareRequest& request) {
  if (!request.copied) return {};
  TANDEM_TRY(request.copied(op.weight, group.first_row, group.rows));
  if (op.bias != kNoWeight) TANDEM_TRY(request.copied(op.bias, 0, request.weights.view(op.bias).rows));
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::make(const Device& device, const SessionPlan& plan,
                                               Source& source) {
  CacheKey key = {};
  if (source.cache.enabled()) {
    key = cache_key(source.graph, source.request.weights, plan, source.options.weights, device.library());
    std::unique_ptr<Session> cached(new Session(device));
    TANDEM_ASSIGN(const bool found, cached->load(plan, key, source));
    if (found) return cached;
  }
  std::unique_ptr<Session> session(new Session(device));
  TANDEM_TRY(session->compile(plan, source));
  if (source.cache.enabled()) {
    if (auto kept = session->keep(key, source); !kept.ok()) source.notes.push_back(kept.error().message);
  }
  session->weight_bytes_ = session_bytes(source.graph, plan, source.options.weights);
  return session;
}

Session::~Session() {
  if (device_.call().mem_deregister != nullptr) {
    for (const auto& [range, handle] : handles_) device_.call().mem_deregister(&handle, 1);
  }
  if (context_ != nullptr) device_.call().context_free(context_, nullptr);
}

// False where there is no binary that serves; then nothing is left behind in this session but its emptiness.
Result<bool> Session::load(const SessionPlan& plan, const CacheKey& key, Source& source) {
  const auto binary = source.cache.find(key);
  if (!binary || binary->ids.size() != static_cast<size_t>(2 * graph_count(plan))) return false;
  const abi::Status status = device_.call().context_create_from_binary(
      device_.backend(), device_.device(), nullptr, binary->bytes.data(), binary->bytes.size(), &context_,
      nullptr);
  if (status != abi::kSuccess) {
    context_ = nullptr;
    log(LogLevel::kWarning, "The NPU did not take the kept graphs of " + source.cache.path(key) + " (" +
                                std::string(status_words(status).name) + "); they are compiled again.");
    return false;
  }
  size_t at = 0;
  for (const WeightGroup& group : plan) {
    for (const int64_t tokens : group.tokens) {
      const GraphKey graph_key{group.op, group.first_row, group.rows, tokens};
      MatmulGraph compiled = {nullptr, binary->ids[at], binary->ids[at + 1]};
      at += 2;
      const std::string name = graph_name(source.graph, graph_key);
      if (device_.call().graph_retrieve(context_, name.c_str(), &compiled.graph) != abi::kSuccess)
        return false;
      graphs_.emplace(graph_key, compiled);
    }
  }
  for (const WeightGroup& group : plan) {
    TANDEM_TRY(tell_copied(op_of(source.graph, group.op), group, source.request));
    source.done += static_cast<int64_t>(group.tokens.size());
    if (source.request.compiled) source.request.compiled(source.done, source.total);
  }
  weight_bytes_ = session_bytes(source.graph, plan, source.options.weights);
  from_cache_ = true;
  return true;
}

Result<void> Session::compile(const SessionPlan& plan, Source& source) {
  const abi::Status status =
      device_.call().context_create(device_.backend(), device_.device(), nullptr, &context_);
  if (status != abi::kSuccess) {
    context_ = nullptr;
    return status_error("The NPU gave no room for graphs", status, "load the model again without the NPU", {},
                        status_error_code(status));
  }
  for (const WeightGroup& group : plan) TANDEM_TRY(compile_group(group, source));
  return {};
}

Result<void> Session::compile_group(const WeightGroup& group, Source& source) {
  const Op& op = op_of(source.graph, group.op);
  StaticWeight data(source.request.weights.view(op.weight), group.first_row, group.rows,
                    source.options.weights);
  std::vector<float> bias;
  if (op.bias != kNoWeight) {
    const TensorView& view = source.request.weights.view(op.bias);
    bias.resize(static_cast<size_t>(view.columns));
    dequantize_row(view.type, view.bytes.data(), view.columns, bias.data());
  }
  TANDEM_TRY(tell_copied(op, group, source.request));
  for (const int64_t tokens : group.tokens) {
    if (source.request.cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
    const GraphKey key{group.op, group.first_row, group.rows, tokens};
    const std::span<const float> part_bias =
        bias.empty() ? std::span<const float>()
                     : std::span<const float>(bias).subspan(static_cast<size_t>(group.first_row),
                                                            static_cast<size_t>(group.rows));
    MatmulGraph built;
    const abi::Status status = build_matmul(
        device_, context_, {graph_name(source.graph, key), tokens, op.k, group.rows, data, part_bias}, built);
    if (status != abi::kSuccess) return compile_error(op, key, status);
    graphs_.emplace(key, built);
    order_.push_back(key);
    ++source.done;
    if (source.request.compiled) source.request.compiled(source.done, source.total);
  }
  return {};
}

Result<void> Session::keep(const CacheKey& key, Source& source) {
  uint64_t bytes = 0;
  if (const abi::Status status = device_.call().context_get_binary_size(context_, &bytes);
      status != abi::kSuccess)
    return status_error("The compiled NPU graphs could not be kept", status,
                        "they are compiled again next time");
  std::vector<uint32_t> ids;
  for (const GraphKey& graph_key : order_) {
    ids.push_back(graphs_.at(graph_key).input);
    ids.push_back(graphs_.at(graph_key).output);
  }
  return source.cache.keep(key, ids, bytes, [&](std::span<std::byte> buffer) -> Result<uint64_t> {
    uint64_t written = 0;
    const abi::Status status =
        device_.call().context_get_binary(context_, buffer.data(), buffer.size(), &written);
    if (status == abi::kSuccess && written <= buffer.size()) return written;
    return status_error("The compiled NPU graphs could not be kept", status,
                        "they are compiled again next time");
  });
}

abi::Status Session::range_handle(const Range& range, abi::MemoryHandle& handle) {
  const auto place = std::tuple(range.memory, range.offset, range.rows, range.width);
  if (const auto found = handles_.find(place); found != handles_.end()) {
    handle = found->second;
    return abi::kSuccess;
  }
  if (handles_.size() >= kMostHandles) {
    for (const auto& [old, registered] : handles_) device_.call().mem_deregister(&registered, 1);
    handles_.clear();
  }
  uint32_t shape[] = {static_cast<uint32_t>(range.rows), static_cast<uint32_t>(range.width)};
  abi::HtpMemory shared = {abi::kHtpSharedBuffer, range.memory->bytes().size(), range.memory->fd(),
                           range.offset};
  abi::MemoryDescriptor descriptor = {};
  descriptor.shape = {2, shape, nullptr};
  descriptor.data_type = abi::DataType::kFloat32;
  descriptor.type = abi::RegisteredMemory::kCustom;
  descriptor.custom = &shared;
  const abi::Status status = device_.call().mem_register(context_, &descriptor, 1, &handle);
  if (status == abi::kSuccess) handles_.emplace(place, handle);
  return status;
}

abi::Status Session::try_memory(const SharedMemory& memory) {
  if (device_.call().mem_register == nullptr || device_.call().mem_deregister == nullptr)
    return abi::kNotSupported;
  abi::MemoryHandle handle = nullptr;
  return range_handle({&memory, 0, 1, 1}, handle);
}

abi::Status Session::execute(const GraphKey& key, const Range& input, const Range& output, bool registered,
                             abi::Profile profile) {
  const MatmulGraph& compiled = graphs_.at(key);
  uint32_t in_shape[] = {static_cast<uint32_t>(input.rows), static_cast<uint32_t>(input.width)};
  uint32_t out_shape[] = {static_cast<uint32_t>(output.rows), static_cast<uint32_t>(output.width)};
  abi::Tensor in = make_tensor("in", abi::TensorType::kAppWrite, abi::DataType::kFloat32, in_shape);
  abi::Tensor out = make_tensor("out", abi::TensorType::kAppRead, abi::DataType::kFloat32, out_shape);
  in.v1.id = compiled.input;
  out.v1.id = compiled.output;
  for (const auto& [range, tensor] : {std::pair{&input, &in}, std::pair{&output, &out}}) {
    if (registered) {
      tensor->v1.memory_type = abi::MemoryType::kHandle;
      if (const abi::Status status = range_handle(*range, tensor->v1.handle); status != abi::kSuccess)
        return status;
    } else {
      tensor->v1.client = {range->memory->bytes().data() + range->offset,
                           static_cast<uint32_t>(range->bytes())};
    }
  }
  return device_.call().graph_execute(compiled.graph, &in, 1, &out, 1, profile, nullptr);
}

}  // namespace tandem::qnn
