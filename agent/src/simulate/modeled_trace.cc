#include "simulate/modeled_trace.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "processor/part_record.h"
#include "simulate/modeled_json.h"

namespace tandem {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 18;

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

}  // namespace

ModeledTrace::ModeledTrace(const SimulateRequest& request, const Graph& graph, const Plan& plan)
    : request_(request), plan_(plan), encoder_(graph, request.model.weights, 0) {
  encoder_.instant(0, "tandem.header", modeled_header(request, graph, plan));
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
  const auto& parts = schedule.parts[lane_index(lane)];
  const auto& times = run.parts[lane_index(lane)];
  uint32_t flow = flows_[lane_index(lane)];
  const Step whole{.shape = step};
  for (const ScheduledBatch& batch : schedule.batches[lane_index(lane)]) {
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
    const auto& parts = schedule.parts[lane_index(awaited)];
    if (parts.empty()) continue;
    TraceRecord wait = of_step(step);
    wait.kind = TraceRecord::Kind::kJoin;
    wait.begin_ns = ns(join.begin);
    wait.end_ns = ns(join.seen);
    wait.id = parts[join.awaited].op;
    wait.track = join.lane == Lane::kPrimary ? Track::kSync : Track::kNpuSync;
    wait.peer = track_of(awaited, plan_.primary);
    // The modeled predictor is right: what it predicts is the end of the awaited part.
    const double predicted = std::max(0.0, run.parts[lane_index(awaited)][join.awaited].end - join.begin);
    wait.predicted_ns = static_cast<uint32_t>(std::min<int64_t>(ns(predicted), UINT32_MAX));
    wait.slept_ns = fast ? static_cast<uint32_t>(std::max<int64_t>(0, ns(predicted - granularity))) : 0;
    const auto& batches = schedule.batches[lane_index(awaited)];
    const auto found = std::find_if(batches.begin(), batches.end(), [&](const ScheduledBatch& batch) {
      return batch.first + batch.count == join.awaited + 1;
    });
    wait.flow = flows_[lane_index(awaited)] + static_cast<uint32_t>(found - batches.begin()) + 1;
    record(wait);
  }
}

void ModeledTrace::finish(SimulateResult& result, double end_us) {
  encoder_.close_bands(ns(end_us));
  result.trace_events = events_;
  encoder_.instant(ns(end_us), "tandem.footer", modeled_footer(request_, plan_.primary, parts_, result));
  flush(true);
  result.trace_bytes = bytes_;
}

void ModeledTrace::flush(bool last) {
  std::string chunk = encoder_.take();
  bytes_ += static_cast<int64_t>(chunk.size());
  request_.trace->sink(std::move(chunk), last);
}

}  // namespace tandem
