#include "simulate/modeled_trace.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "plan/json.h"
#include "processor/part_record.h"

namespace tandem {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 18;
constexpr size_t index(Lane lane) { return static_cast<size_t>(lane); }

int64_t ns(double us) { return std::llround(us * 1000.0); }

Track track_of(Lane lane, ProcessorKind primary) {
  if (lane == Lane::kNpu) return Track::kNpu;
  return primary == ProcessorKind::kCpu ? Track::kCpu : Track::kGpu;
}

TraceRecord of_step(const StepShape& step) {
  TraceRecord record;
  record.position = static_cast<int32_t>(step.position);
  record.tokens = static_cast<uint16_t>(step.tokens);
  record.logit_rows = static_cast<uint16_t>(step.logit_rows);
  return record;
}

// As hello has them, with what each can reach at best.
Json processors_json(const SimulateRequest& request, const Plan& plan) {
  Json list = Json::array();
  const auto add = [&](ProcessorKind kind, ProcessorRole role, const std::string& name, Json roof) {
    list.push_back({{"kind", processor_kind_name(kind)},
                    {"name", name},
                    {"state", processor_state_name(ProcessorState::kReady)},
                    {"role", processor_role_name(role)},
                    {"reason", nullptr},
                    {"features", Json::array()},
                    {"threads", 0},
                    {"roof", std::move(roof)}});
  };
  const SocDescription* soc = request.soc;
  const auto roof = [](double tflops, double gbps) {
    return Json{{"tflops", tflops}, {"gbps", gbps}, {"origin", "modeled"}};
  };
  add(plan.primary, ProcessorRole::kPrimary, soc == nullptr ? plan.cost_model : soc->gpu_name,
      soc == nullptr ? Json() : roof(soc->gpu.gemm_tflops, soc->memory.gpu_gbps));
  if (!plan.has_npu) return list;
  add(ProcessorKind::kNpu, ProcessorRole::kCoProcessor, soc == nullptr ? plan.cost_model : soc->npu_name,
      soc == nullptr ? Json() : roof(soc->npu.matmul_tflops, soc->memory.npu_gbps));
  return list;
}

}  // namespace

ModeledTrace::ModeledTrace(const SimulateRequest& request, const Graph& graph, const Plan& plan)
    : request_(request), graph_(graph), plan_(plan), encoder_(graph, request.model.weights, 0) {
  encoder_.instant(0, "tandem.header", header());
}

void ModeledTrace::record(TraceRecord record) {
  encoder_.record(record);
  ++events_;
}

void ModeledTrace::begin_band(Track track, int32_t id, double at_us) {
  record({.begin_ns = ns(at_us), .id = id, .kind = TraceRecord::Kind::kBegin, .track = track});
}

void ModeledTrace::end_band(Track track, double at_us) {
  record({.begin_ns = ns(at_us), .kind = TraceRecord::Kind::kEnd, .track = track});
}

void ModeledTrace::sample(double begin_us, double end_us) {
  record({.begin_ns = ns(begin_us),
          .end_ns = ns(end_us),
          .kind = TraceRecord::Kind::kSample,
          .track = Track::kCpu});
}

void ModeledTrace::step(const Schedule& schedule, const StepShape& step, const StepRun& run) {
  for (const Lane which : {Lane::kPrimary, Lane::kNpu}) lane(which, schedule, step, run);
  joins(schedule, step, run);
  for (size_t i = 0; i < kLanes; ++i) {
    flows_[i] += static_cast<uint32_t>(schedule.batches[i].size());
    parts_[i] += static_cast<int64_t>(schedule.parts[i].size());
  }
  if (encoder_.pending_bytes() > kChunkBytes) flush(false);
}

// Slices and submissions; the last part of a batch carries its flow.
void ModeledTrace::lane(Lane lane, const Schedule& schedule, const StepShape& step, const StepRun& run) {
  const Track track = track_of(lane, plan_.primary);
  const auto& parts = schedule.parts[index(lane)];
  const auto& times = run.parts[index(lane)];
  uint32_t flow = flows_[index(lane)];
  const Step whole{.shape = step};
  for (const ScheduledBatch& batch : schedule.batches[index(lane)]) {
    ++flow;
    const uint32_t last = batch.first + batch.count - 1;
    if (track != Track::kCpu && lane == Lane::kPrimary) {
      TraceRecord submission = of_step(step);
      submission.kind = TraceRecord::Kind::kSubmit;
      submission.begin_ns = ns(times[batch.first].submit_begin);
      submission.end_ns = ns(times[last].ready);
      submission.id = parts[batch.first].op;
      submission.track = Track::kSubmit;
      submission.peer = track;
      submission.flow = flow;
      record(submission);
    }
    for (uint32_t i = batch.first; i <= last; ++i) {
      record(part_record(parts[i], whole, track, ns(times[i].begin), ns(times[i].end), i == last ? flow : 0));
    }
  }
}

void ModeledTrace::joins(const Schedule& schedule, const StepShape& step, const StepRun& run) {
  const bool fast = plan_.settings.sync == SyncMode::kFast;
  const double granularity = request_.soc == nullptr ? 0 : request_.soc->sync.sleep_granularity_us;
  for (const JoinRun& join : run.joins) {
    const Lane awaited = join.awaited_lane;
    const auto& parts = schedule.parts[index(awaited)];
    if (parts.empty()) continue;
    TraceRecord wait = of_step(step);
    wait.kind = TraceRecord::Kind::kJoin;
    wait.begin_ns = ns(join.begin);
    wait.end_ns = ns(join.seen);
    wait.id = parts[join.awaited].op;
    wait.track = join.lane == Lane::kPrimary ? Track::kSync : Track::kNpuSync;
    wait.peer = track_of(awaited, plan_.primary);
    // The modeled predictor is right: what it predicts is the end of the awaited part.
    const double predicted = std::max(0.0, run.parts[index(awaited)][join.awaited].end - join.begin);
    wait.predicted_ns = static_cast<uint32_t>(std::min<int64_t>(ns(predicted), UINT32_MAX));
    wait.slept_ns = fast ? static_cast<uint32_t>(std::max<int64_t>(0, ns(predicted - granularity))) : 0;
    const auto& batches = schedule.batches[index(awaited)];
    const auto found = std::find_if(batches.begin(), batches.end(), [&](const ScheduledBatch& batch) {
      return batch.first + batch.count == join.awaited + 1;
    });
    wait.flow = flows_[index(awaited)] + static_cast<uint32_t>(found - batches.begin()) + 1;
    record(wait);
  }
}

void ModeledTrace::finish(SimulateResult& result, double end_us) {
  encoder_.close_bands(ns(end_us));
  result.trace_events = events_;
  encoder_.instant(ns(end_us), "tandem.footer", footer(result));
  flush(true);
  result.trace_bytes = bytes_;
}

void ModeledTrace::flush(bool last) {
  std::string chunk = encoder_.take();
  bytes_ += static_cast<int64_t>(chunk.size());
  request_.trace->sink(std::move(chunk), last);
}

std::string ModeledTrace::header() const {
  Json header = request_.trace->header.is_object() ? request_.trace->header : Json::object();
  const HyperParameters& shape = graph_.shape;
  std::map<std::string, int64_t> by_type;
  for (const Weight& weight : request_.model.weights.table) {
    const TensorView& view = weight.view;
    by_type[std::string(type_traits(view.type).name)] +=
        view.rows * static_cast<int64_t>(row_bytes(view.type, static_cast<uint64_t>(view.columns)));
  }
  const std::string origin(origin_name(request_.costs.origin()));
  const auto join_us = [this](SyncMode mode) { return request_.costs.sync(mode).join_us; };
  header.update(
      {{"format", 1},
       {"origin", "modeled"},
       {"costs",
        {{"name", plan_.cost_model},
         {"origin", origin},
         {"joinUs", {{"fast", join_us(SyncMode::kFast)}, {"driver", join_us(SyncMode::kDriver)}}}}},
       {"engine", engine_name(request_.engine)},
       {"processors", processors_json(request_, plan_)},
       {"model",
        {{"name", shape.name},
         {"family", family_name(shape.family)},
         {"path", ""},
         {"layers", shape.layers},
         {"parameters", request_.model.parameters()},
         {"weightBytesByType", by_type},
         {"contextLength", shape.trained_context}}},
       {"settings", {{"maxTokens", request_.generated_tokens}, {"solver", to_json(plan_.settings)}}},
       {"prompt", {{"tokens", request_.prompt_tokens}, {"text", ""}}},
       {"plan", to_json(graph_, request_.model.weights, plan_)}});
  if (request_.soc != nullptr) {
    const SocDescription& soc = *request_.soc;
    header["device"] = {{"cpu", soc.name}};  // Not the one that computed this.
    header["soc"] = {{"id", soc.id},
                     {"name", soc.name},
                     {"calibrated", soc.calibrated},
                     {"measured", soc.count(FieldOrigin::kMeasured)},
                     {"published", soc.count(FieldOrigin::kPublished)},
                     {"assumed", soc.count(FieldOrigin::kAssumed)}};
  }
  return json_text(header);
}

std::string ModeledTrace::footer(const SimulateResult& result) const {
  const PhaseResult& whole = result.whole;
  Json ran_on = Json::array();
  const double busy = whole.primary_busy_ms + whole.npu_busy_ms;
  const auto add = [&](ProcessorKind kind, Lane lane, double busy_ms) {
    if (parts_[index(lane)] == 0) return;
    ran_on.push_back({{"processor", processor_kind_name(kind)},
                      {"ops", parts_[index(lane)]},
                      {"ns", ns(busy_ms * 1e3)},
                      {"share", busy > 0 ? busy_ms / busy : 0.0}});
  };
  add(plan_.primary, Lane::kPrimary, whole.primary_busy_ms);
  add(ProcessorKind::kNpu, Lane::kNpu, whole.npu_busy_ms);
  return json_text({{"finish", "max-tokens"},
                    {"finishDetail", nullptr},
                    {"stats",
                     {{"promptTokens", request_.prompt_tokens},
                      {"generatedTokens", request_.generated_tokens},
                      {"cachedTokens", 0},
                      {"timeToFirstTokenMs", result.time_to_first_token_ms},
                      {"prefillMs", result.prefill.ms},
                      {"prefillTokensPerSecond", result.prefill.tokens_per_second},
                      {"decodeMs", result.decode.ms},
                      {"decodeTokensPerSecond", result.decode.tokens_per_second},
                      {"peakMemoryBytes", 0}}},
                    {"ranOn", std::move(ran_on)},
                    {"lost", {{"events", 0}, {"firstNs", 0}, {"lastNs", 0}}},
                    {"overheadPercent", 0.0},
                    {"text", ""},
                    {"clockErrorNs", {{"gpu", nullptr}, {"npu", nullptr}}},
                    {"notes", result.notes}});
}

}  // namespace tandem
