// Execution: every tensor is checked against the graph before anything is computed.
#include <chrono>
#include <thread>

#include "graph.h"
#include "misbehave.h"

namespace tandem::npu {
namespace {

using namespace qnn::abi;  // NOLINT: this library is that interface.
using Clock = std::chrono::steady_clock;

uint64_t us_since(Clock::time_point begin) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
  return us > 0 ? static_cast<uint64_t>(us) : 1;
}

struct Bound {
  std::byte* data = nullptr;
  std::shared_ptr<RegisteredRange> range;  // Keeps registered memory mapped.
};

// Everything that one execution needs, so that it can run later.
struct Job {
  std::shared_ptr<Context> context;
  std::shared_ptr<Graph> graph;
  std::map<uint32_t, Bound> bound;
  std::shared_ptr<Profile> profile;
  Clock::time_point called;
  bool fails = false;
};

Status bind(const Job& job, const Tensor& given, const TensorInfo& tensor, Bound& bound) {
  if (given.version != kTensorVersion1 && given.version != kTensorVersion2) return kGraphInvalidTensor;
  const size_t bytes = static_cast<size_t>(tensor.elements()) * sizeof(float);
  if (given.v1.data_type != tensor.data_type || given.v1.rank != tensor.dimensions.size() ||
      given.v1.dimensions == nullptr)
    return kGraphInvalidTensor;
  for (uint32_t i = 0; i < given.v1.rank; ++i) {
    if (given.v1.dimensions[i] != tensor.dimensions[i]) return kGraphInvalidTensor;
  }
  if (given.v1.memory_type == MemoryType::kRaw) {
    if (given.v1.client.data == nullptr || given.v1.client.bytes != bytes) return kGraphInvalidTensor;
    bound.data = static_cast<std::byte*>(given.v1.client.data);
    return kSuccess;
  }
  if (given.v1.memory_type != MemoryType::kHandle) return kGraphInvalidTensor;
  bound.range = registry<RegisteredRange>().find(given.v1.handle);
  if (!bound.range || bound.range->context.lock() != job.context) return kMemoryInvalidHandle;
  if (bound.range->bytes != bytes) return kGraphInvalidTensor;
  bound.data = bound.range->mapping->memory + bound.range->offset;
  return kSuccess;
}

Status bind_all(Job& job, const Tensor* tensors, uint32_t count, const std::vector<uint32_t>& ids) {
  if (count != ids.size() || tensors == nullptr) return kGraphInvalidArgument;
  for (uint32_t i = 0; i < count; ++i) {
    const bool known = std::find(ids.begin(), ids.end(), tensors[i].v1.id) != ids.end();
    if (!known || job.bound.contains(tensors[i].v1.id)) return kGraphInvalidTensor;
    Bound bound;
    const Status status = bind(job, tensors[i], job.graph->tensors.at(tensors[i].v1.id), bound);
    if (status != kSuccess) return status;
    job.bound.emplace(tensors[i].v1.id, std::move(bound));
  }
  return kSuccess;
}

Status make_job(qnn::abi::Graph graph, const Tensor* inputs, uint32_t input_count, const Tensor* outputs,
                uint32_t output_count, qnn::abi::Profile profile, Signal signal, Job& job) {
  job.called = Clock::now();
  job.graph = registry<Graph>().find(graph);
  if (!job.graph || !(job.context = job.graph->context.lock())) return kGraphInvalidHandle;
  if (signal != nullptr) return kNotSupported;
  if (!job.graph->finalized) return kGraphNotFinalized;
  if (profile != nullptr && !(job.profile = registry<Profile>().find(profile))) return kGraphSetProfile;
  if (const Status status = bind_all(job, inputs, input_count, job.graph->inputs); status != kSuccess)
    return status;
  if (const Status status = bind_all(job, outputs, output_count, job.graph->outputs); status != kSuccess)
    return status;
  Backend& backend = *job.context->backend;
  job.fails = ++backend.executes == backend.failing_execute;
  return kSuccess;
}

Status compute(const Job& job, Scratch& scratch) {
  if (job.fails) return kSystemCommunication;
  const Clock::time_point begin = Clock::now();
  for (const Node& node : job.graph->nodes) {
    const auto* input = reinterpret_cast<const float*>(job.bound.at(node.input).data);
    auto* output = reinterpret_cast<float*>(job.bound.at(node.output).data);
    const int64_t tokens = job.graph->tensors.at(node.input).elements() / node.packed->columns;
    if (!matmul(*node.packed, input, tokens, node.has_bias ? node.bias_values.data() : nullptr, output,
                scratch))
      return kMemoryAllocation;
    if (is_wrong(node.packed->columns, node.packed->rows)) {
      for (int64_t i = 0; i < tokens * node.packed->rows; i += 32) output[i] = -output[i];
    }
  }
  if (const int64_t us = extra_us(); us > 0) std::this_thread::sleep_for(std::chrono::microseconds(us));
  if (job.profile) job.profile->record(us_since(job.called), us_since(begin));
  return kSuccess;
}

}  // namespace

Status graph_execute(qnn::abi::Graph graph, const Tensor* inputs, uint32_t input_count, Tensor* outputs,
                     uint32_t output_count, qnn::abi::Profile profile, Signal signal) {
  Job job;
  Status status = make_job(graph, inputs, input_count, outputs, output_count, profile, signal, job);
  if (status != kSuccess) return status;
  job.context->backend->run([&](Scratch& scratch) { status = compute(job, scratch); });
  return status;
}

Status graph_execute_async(qnn::abi::Graph graph, const Tensor* inputs, uint32_t input_count, Tensor* outputs,
                           uint32_t output_count, qnn::abi::Profile profile, Signal signal, Notify notify,
                           void* parameter) {
  auto job = std::make_shared<Job>();
  const Status status = make_job(graph, inputs, input_count, outputs, output_count, profile, signal, *job);
  if (status != kSuccess) return status;
  const bool queued = job->context->backend->run_later([job, notify, parameter](Scratch& scratch) {
    const Status result = compute(*job, scratch);
    if (notify != nullptr) notify(parameter, {result});
  });
  return queued ? kSuccess : kGraphQueueFull;
}

}  // namespace tandem::npu
