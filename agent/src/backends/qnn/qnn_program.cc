#include "backends/qnn/qnn_program.h"

#include <algorithm>
#include <span>
#include <utility>

#include "backends/qnn/status.h"
#include "base/clock.h"
#include "processor/part_record.h"

namespace tandem::qnn {
namespace {

GraphKey key_of(const Part& part) { return {part.op, part.first_row, part.rows, part.padded_tokens}; }

// What the NPU itself says it took for the last execution; 0 where it says nothing.
int64_t npu_ns(const abi::Functions& call, abi::Profile profile) {
  const abi::EventId* events = nullptr;
  uint32_t count = 0;
  if (profile == nullptr || call.profile_get_events(profile, &events, &count) != abi::kSuccess) return 0;
  uint64_t whole = 0;
  for (const abi::EventId event : std::span(events, count)) {
    abi::EventData data = {};
    if (call.profile_get_event_data(event, &data) != abi::kSuccess) continue;
    if (data.type == abi::kEventExecute) whole = data.value;
    if (data.type == abi::kEventHtpAccelTime) return static_cast<int64_t>(data.value) * 1000;
    const abi::EventId* inner = nullptr;
    uint32_t inner_count = 0;
    if (call.profile_get_sub_events(event, &inner, &inner_count) != abi::kSuccess) continue;
    for (const abi::EventId sub : std::span(inner, inner_count)) {
      if (call.profile_get_event_data(sub, &data) == abi::kSuccess && data.type == abi::kEventHtpAccelTime)
        return static_cast<int64_t>(data.value) * 1000;
    }
  }
  return static_cast<int64_t>(whole) * 1000;
}

}  // namespace

QnnProgram::QnnProgram(const Device& device, const QnnOptions& options, const Graph& graph,
                       const ActivationPool& pool)
    : device_(device), options_(options), graph_(graph), pool_(pool), cache_(options.cache_folder) {
  notes_ = device.notes();
  if (options.weights != WeightForm::kHalf)
    notes_.push_back(std::string("The NPU computes with ") + weight_form_name(options.weights) +
                     " weights, as the settings ask: its results differ from the other processors'.");
}

Result<void> QnnProgram::check(const Part& part) const {
  const Op& op = graph_.ops[static_cast<size_t>(part.op)];
  if (op.kind != OpKind::kMatmul)
    return Error{ErrorCode::kUnsupported,
                 "The NPU runs matmuls only: place " + op.name + " on the primary processor.",
                 {{"op", op.name}}};
  if (part.first_row < 0 || part.rows <= 0 || part.first_row + part.rows > op.n || part.padded_tokens <= 0)
    return Error{ErrorCode::kInvalidArgument,
                 "The part of " + op.name + " lies outside the op: this is a bug of Tandem.",
                 {{"op", op.name}}};
  return {};
}

Result<void> QnnProgram::prepare(std::span<const Part> parts, const PrepareRequest& request) {
  for (const Part& part : parts) TANDEM_TRY(check(part));
  const auto plans = plan_sessions(graph_, parts, known_, options_);
  Session::Source source{graph_, request, options_, cache_, 0, 0, notes_};
  for (const SessionPlan& plan : plans) source.total += graph_count(plan);
  for (const SessionPlan& plan : plans) {
    if (request.cancel.cancelled()) return Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
    TANDEM_ASSIGN(std::unique_ptr<Session> session, Session::make(device_, plan, source));
    if (session->from_cache()) graphs_from_cache_ += graph_count(plan);
    for (const WeightGroup& group : plan) {
      for (const int64_t tokens : group.tokens) {
        const GraphKey key{group.op, group.first_row, group.rows, tokens};
        places_.emplace(key, session.get());
        known_.insert(key);
      }
    }
    sessions_.push_back(std::move(session));
  }
  if (!tried_memory_ && !sessions_.empty()) try_registered_memory();
  return {};
}

void QnnProgram::try_registered_memory() {
  tried_memory_ = true;
  for (int32_t slot = 0; slot < pool_.slots(); ++slot) {
    const SharedMemory& memory = pool_.slot(slot);
    if (memory.fd() < 0) {
      notes_.emplace_back("Activations are not in memory that the NPU maps: its driver copies them.");
      return;
    }
    if (const abi::Status status = sessions_.front()->try_memory(memory); status != abi::kSuccess) {
      notes_.push_back("The NPU did not map the activations because " +
                       std::string(status_words(status).reason) + ": its driver copies them.");
      return;
    }
  }
  registered_ = true;
}

Result<QnnProgram::Ranges> QnnProgram::ranges(const Part& part, const Step& step) const {
  const Op& op = graph_.ops[static_cast<size_t>(part.op)];
  const Value& in = graph_.values[static_cast<size_t>(op.inputs[0])];
  const Value& out = graph_.values[static_cast<size_t>(op.output)];
  const auto misplaced = [&](const char* why) {
    return Error{ErrorCode::kInvalidArgument,
                 "The part of " + op.name + " " + why + ": this is a bug of Tandem.",
                 {{"op", op.name}}};
  };
  if (part.input_split[0] != 0) return misplaced("reads an input in two blocks");
  const int64_t m = step.shape.rows(op.rows);
  const int64_t split = part.output_split == 0 ? op.n : part.output_split;
  const bool second = part.first_row >= split;
  const int64_t begin = second ? split : 0;
  const int64_t width = second ? op.n - split : split;
  if (part.first_row != begin || part.rows != width) return misplaced("does not fill a block of the output");
  Ranges ranges;
  ranges.input = {&pool_.slot(in.slot), static_cast<size_t>(part.first_token * op.k) * sizeof(float),
                  part.padded_tokens, op.k};
  ranges.output = {&pool_.slot(out.slot),
                   static_cast<size_t>(m * begin + part.first_token * width) * sizeof(float),
                   part.padded_tokens, width};
  for (const Range* range : {&ranges.input, &ranges.output}) {
    if (range->offset + range->bytes() > range->memory->bytes().size())
      return misplaced("is padded beyond the activation's memory");
  }
  return ranges;
}

Result<void> QnnProgram::run(const Part& part, const Step& step, uint32_t flow) {
  const auto place = places_.find(key_of(part));
  if (place == places_.end()) {
    const Op& op = graph_.ops[static_cast<size_t>(part.op)];
    return Error{ErrorCode::kProcessorFailed,
                 "The NPU has no graph of " + op.name + " for " + std::to_string(part.padded_tokens) +
                     " tokens: load the model again.",
                 {{"op", op.name}}};
  }
  TANDEM_ASSIGN(const Ranges at, ranges(part, step));
  abi::Profile profile = step.trace == nullptr ? nullptr : device_.profile();
  const int64_t begin = boottime_ns();
  const abi::Status status = place->second->execute(place->first, at.input, at.output, registered_, profile);
  const int64_t end = boottime_ns();
  if (status != abi::kSuccess) {
    const Op& op = graph_.ops[static_cast<size_t>(part.op)];
    return status_error("The NPU failed at " + op.name, status, "the primary processor takes its work over",
                        {{"op", op.name}});
  }
  // The call's own time where the NPU gives none; what the driver adds lies mostly before the NPU's work.
  const int64_t device_ns = std::min(npu_ns(device_.call(), profile), end - begin);
  const int64_t took = device_ns > 0 ? device_ns : end - begin;
  ++usage_.ops;
  usage_.busy_ns += took;
  if (step.trace != nullptr) step.trace->push(part_record(part, step, Track::kNpu, end - took, end, flow));
  return {};
}

Result<void> QnnProgram::submit(const Batch& batch, const Step& step) {
  for (const Part& part : batch.parts) {
    if (part.tokens == 0) continue;
    if (step.cancel.cancelled()) return Error{ErrorCode::kCancelled, "The run was cancelled.", {}};
    TANDEM_TRY(run(part, step, &part == &batch.parts.back() ? batch.flow : 0));
  }
  completed_.store(batch.number, std::memory_order_release);
  return {};
}

int64_t QnnProgram::weight_bytes() const {
  int64_t bytes = 0;
  for (const auto& session : sessions_) bytes += session->weight_bytes();
  return bytes;
}

std::vector<std::string> QnnProgram::notes() const { return notes_; }

}  // namespace tandem::qnn
