#include "runtime/executor.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/clock.h"
#include "base/sleep.h"
#include "processor/poll.h"

namespace tandem {
namespace {

constexpr size_t kMostSchedules = 16;
constexpr int64_t kPatienceNs =
    100'000'000;  // After polling for so long the driver waits: it knows whether the other lives.

uint32_t clamp_ns(int64_t ns) {
  return static_cast<uint32_t>(std::clamp<int64_t>(ns, 0, std::numeric_limits<uint32_t>::max()));
}

Error cancelled() { return {ErrorCode::kCancelled, "The run was cancelled.", {}}; }

void add(JoinStats& to, const JoinStats& stats) {
  to.joins += stats.joins;
  to.waited_ns += stats.waited_ns;
  to.slept_ns += stats.slept_ns;
  to.predicted += stats.predicted;
  to.error_ns += stats.error_ns;
}

}  // namespace

Executor::Executor(const Graph& graph, Program& primary, Options options)
    : graph_(graph),
      primary_(primary),
      options_(std::move(options)),
      thread_([this] { run_lane(Lane::kNpu, *npu_step_); }) {
  if (options_.primary_kind != ProcessorKind::kCpu) measure_sleep();
}

void Executor::measure_sleep() {
  if (sleep_overrun_ns_ > 0) return;
  const PreciseSleep precise;
  sleep_overrun_ns_ = measure_sleep_overrun();
}

void Executor::use_npu(Program* npu) {
  npu_ = npu;
  if (npu != nullptr) measure_sleep();
  npu_failure_.reset();
  LaneState& lane = state(Lane::kNpu);
  lane.submitted.store(0, std::memory_order_relaxed);
  lane.number = 0;
  state(Lane::kPrimary).other_joined = 0;
}

void Executor::use(const Plan& plan) {
  plan_ = &plan;
  schedules_.clear();
}

Track Executor::track(Lane lane) const {
  if (lane == Lane::kNpu) return Track::kNpu;
  return options_.primary_kind == ProcessorKind::kGpu ? Track::kGpu : Track::kCpu;
}

JoinStats Executor::join_stats() const {
  JoinStats sum;
  for (const LaneState& state : states_) add(sum, state.stats);
  return sum;
}

const StepSchedule& Executor::schedule_of(const StepShape& shape) {
  const std::pair key(shape.tokens, shape.logit_rows);
  if (const auto known = schedules_.find(key); known != schedules_.end()) return known->second;
  if (schedules_.size() >= kMostSchedules) schedules_.clear();
  return schedules_.emplace(key, make_step_schedule(graph_, *plan_, shape, predictor_)).first->second;
}

Result<void> Executor::run(const Step& step, TraceRing* npu_trace) {
  current_ = &schedule_of(step.shape);
  stop_.store(false, std::memory_order_relaxed);
  const int64_t now = boottime_ns();
  for (LaneState& lane : states_) {
    lane.base = lane.number;
    lane.failing.store(false, std::memory_order_relaxed);
    lane.failed.store(false, std::memory_order_relaxed);
    lane.error.reset();
    lane.joined_ns = now;
  }
  Step npu_step = step;
  npu_step.trace = npu_trace;
  npu_step_ = &npu_step;
  const bool shared = !current_->schedule.batches[static_cast<size_t>(Lane::kNpu)].empty();
  std::optional<PreciseSleep> precise;
  if (shared || options_.primary_kind != ProcessorKind::kCpu) precise.emplace();
  if (shared && !thread_.start()) {
    fail(Lane::kNpu, {ErrorCode::kProcessorFailed,
                      "The system gives no thread for the NPU: end other programs and try again.",
                      {}});
  }
  const uint32_t done = run_lane(Lane::kPrimary, step);
  return end_step(done, step, npu_step);
}

uint32_t Executor::run_lane(Lane lane, const Step& step) {
  const auto index = lane_index(lane);
  const std::vector<ScheduledBatch>& batches = current_->schedule.batches[index];
  for (uint32_t b = 0; b < batches.size(); ++b) {
    if (step.cancel.cancelled()) stop_.store(true, std::memory_order_relaxed);
    if (stop_.load(std::memory_order_relaxed)) return b;
    if (batches[b].wait_for > 0) {
      const uint64_t number = state(other(lane)).base + batches[b].wait_for;
      if (wait(lane, other(lane), number, current_->waits[index][b], step) != Waited::kDone) return b;
    }
    if (!submit(lane, b, step)) return b;
  }
  return static_cast<uint32_t>(batches.size());
}

bool Executor::submit(Lane lane, uint32_t index, const Step& step) {
  const Schedule& schedule = current_->schedule;
  const ScheduledBatch& planned = schedule.batches[lane_index(lane)][index];
  LaneState& own = state(lane);
  Batch batch;
  batch.parts = std::span(schedule.parts[lane_index(lane)]).subspan(planned.first, planned.count);
  batch.number = ++own.number;
  batch.signals = planned.signals && plan_->settings.sync == SyncMode::kFast;
  const bool shared = !schedule.batches[static_cast<size_t>(Lane::kNpu)].empty();
  if (shared && planned.signals) batch.flow = static_cast<uint32_t>(batch.number);
  const bool records =
      step.trace != nullptr && lane == Lane::kPrimary && options_.primary_kind != ProcessorKind::kCpu;
  const int64_t began = records ? boottime_ns() : 0;
  if (auto result = program(lane).submit(batch, step); !result.ok()) {
    if (result.error().code == ErrorCode::kCancelled) {
      stop_.store(true, std::memory_order_relaxed);
    } else {
      fail(lane, std::move(result).error());
    }
    return false;
  }
  own.submitted.store(batch.number, std::memory_order_release);
  if (records) {
    step.trace->push({.begin_ns = began,
                      .end_ns = boottime_ns(),
                      .id = batch.parts.front().op,
                      .kind = TraceRecord::Kind::kSubmit,
                      .track = Track::kSubmit,
                      .peer = track(lane),
                      .flow = batch.flow});
  }
  return true;
}

void Executor::fail(Lane lane, Error error) {
  LaneState& own = state(lane);
  if (own.failing.exchange(true, std::memory_order_relaxed)) return;
  own.error = std::move(error);
  own.failed.store(true, std::memory_order_release);
}

Executor::Waited Executor::wait(Lane waiter, Lane lane, uint64_t number, const PlannedWait& planned,
                                const Step& step) {
  if (options_.before_join) options_.before_join(waiter);
  TraceRecord record{.begin_ns = boottime_ns(),
                     .id = planned.op,
                     .kind = TraceRecord::Kind::kJoin,
                     .track = waiter == Lane::kPrimary ? Track::kSync : Track::kNpuSync,
                     .peer = track(lane),
                     .flow = static_cast<uint32_t>(number)};
  Waited waited = Waited::kDone;
  if (plan_->settings.sync == SyncMode::kFast) {
    waited = sleep_and_poll(waiter, lane, number, planned, record);
  } else {
    waited = ask_driver(waiter, lane, number);
  }
  LaneState& own = state(waiter);
  own.joined_ns = record.end_ns = boottime_ns();
  const int64_t took = record.end_ns - record.begin_ns;
  if (waited == Waited::kDone && waiter != lane) own.other_joined = number;
  ++own.stats.joins;
  own.stats.waited_ns += took;
  own.stats.slept_ns += record.slept_ns;
  if (record.predicted_ns > 0) {
    ++own.stats.predicted;
    own.stats.error_ns += std::abs(took - static_cast<int64_t>(record.predicted_ns));
  }
  if (step.trace != nullptr) step.trace->push(record);
  return waited;
}

Executor::Waited Executor::sleep_and_poll(Lane waiter, Lane lane, uint64_t number, const PlannedWait& planned,
                                          TraceRecord& record) {
  const Program& awaited = program(lane);
  const LaneState& peer = state(lane);
  if (awaited.completed() >= number) {
    predictor_.learn(planned.id, 0, 0, true);
    return Waited::kDone;
  }
  const int64_t rest = std::max<int64_t>(planned.planned_ns - (record.begin_ns - state(waiter).joined_ns), 0);
  const int64_t predicted = predictor_.predict(planned.id, rest);
  record.predicted_ns = clamp_ns(predicted);
  if (const int64_t sleep = predicted - sleep_overrun_ns_; sleep > 0) {
    sleep_ns(sleep);
    record.slept_ns = clamp_ns(boottime_ns() - record.begin_ns);
  }
  bool over = true;
  for (Poll poll; awaited.completed() < number; poll.pause()) {
    over = false;
    if (peer.failed.load(std::memory_order_acquire)) return Waited::kFailed;
    if (gives_up(waiter)) return Waited::kStopped;
    if (poll.polled_ns() > kPatienceNs && peer.submitted.load(std::memory_order_acquire) >= number)
      return ask_driver(waiter, lane, number);
  }
  predictor_.learn(planned.id, boottime_ns() - record.begin_ns, record.slept_ns, over);
  return Waited::kDone;
}

// The NPU's failure may be seen by the primary first, which then submits nothing more that it could wait for.
bool Executor::gives_up(Lane waiter) const {
  const LaneState& npu = states_[static_cast<size_t>(Lane::kNpu)];
  return stop_.load(std::memory_order_relaxed) ||
         (waiter == Lane::kNpu && npu.failed.load(std::memory_order_acquire));
}

Executor::Waited Executor::ask_driver(Lane waiter, Lane lane, uint64_t number) {
  const LaneState& peer = state(lane);
  for (Poll poll; peer.submitted.load(std::memory_order_acquire) < number; poll.pause()) {
    if (peer.failed.load(std::memory_order_acquire)) return Waited::kFailed;
    if (gives_up(waiter)) return Waited::kStopped;
  }
  if (auto result = program(lane).finish(number); !result.ok()) {
    fail(lane, std::move(result).error());
    return Waited::kFailed;
  }
  return Waited::kDone;
}

Result<void> Executor::end_step(uint32_t primary_batch, const Step& step, const Step& npu_step) {
  const Schedule& schedule = current_->schedule;
  const bool shared = !schedule.batches[static_cast<size_t>(Lane::kNpu)].empty();
  const bool ended = primary_batch == schedule.batches[static_cast<size_t>(Lane::kPrimary)].size();
  LaneState& npu = state(Lane::kNpu);
  // A lane that stopped early takes the other with it, but for an NPU that failed: its work goes on here.
  if (!ended && !npu.failed.load(std::memory_order_acquire)) stop_.store(true, std::memory_order_relaxed);
  if (ended && shared && !npu.failed.load(std::memory_order_acquire)) {
    const uint64_t last = npu.base + schedule.batches[static_cast<size_t>(Lane::kNpu)].size();
    (void)wait(Lane::kPrimary, Lane::kNpu, last, current_->ends[static_cast<size_t>(Lane::kNpu)], step);
  }
  if (shared) thread_.wait();

  LaneState& primary = state(Lane::kPrimary);
  const bool stopped = stop_.load(std::memory_order_relaxed) || step.cancel.cancelled();
  const bool npu_failed = npu.failed.load(std::memory_order_acquire);
  if (npu_failed) npu_failure_ = npu.error;
  if (npu_failed && !stopped && !primary.failed.load(std::memory_order_acquire))
    TANDEM_TRY(take_over(primary_batch, step));
  if (primary.failed.load(std::memory_order_acquire)) {
    drain();
    return *primary.error;
  }
  if (stopped) {
    drain();
    return cancelled();
  }
  if (options_.primary_kind == ProcessorKind::kCpu) {
    TANDEM_TRY(primary_.finish(primary.number));
  } else if (wait(Lane::kPrimary, Lane::kPrimary, primary.number,
                  current_->ends[static_cast<size_t>(Lane::kPrimary)], step) != Waited::kDone) {
    drain();
    if (primary.error) return *primary.error;
    return cancelled();
  }
  TANDEM_TRY(primary_.collect(step));
  if (!shared || npu_failed) return {};
  if (auto result = npu_->collect(npu_step); !result.ok()) npu_failure_ = std::move(result).error();
  return {};
}

// What the NPU did not complete and what is left of the primary's own, in the order of the graph. Nothing has
// written over what these parts read, since that would have waited for them.
Result<void> Executor::take_over(uint32_t primary_batch, const Step& step) {
  const Schedule& schedule = current_->schedule;
  const LaneState& npu = state(Lane::kNpu);
  const auto rest = [&](Lane lane, uint64_t batch) {
    const auto index = lane_index(lane);
    const std::vector<Part>& parts = schedule.parts[index];
    if (batch >= schedule.batches[index].size()) return std::span<const Part>();
    return std::span(parts).subspan(schedule.batches[index][batch].first);
  };
  const uint64_t completed =
      std::max({npu_->completed(), state(Lane::kPrimary).other_joined, npu.base}) - npu.base;
  std::vector<Part> adopted;
  for (Part part : rest(Lane::kNpu, completed)) {
    part.padded_tokens = part.tokens;
    part.predicted_ns = 0;
    adopted.push_back(part);
  }
  TANDEM_TRY(options_.prepare_primary(adopted));
  const std::span<const Part> own = rest(Lane::kPrimary, primary_batch);
  taken_over_.clear();
  std::merge(own.begin(), own.end(), adopted.begin(), adopted.end(), std::back_inserter(taken_over_),
             [](const Part& a, const Part& b) { return a.op < b.op; });
  if (taken_over_.empty()) return {};
  LaneState& primary = state(Lane::kPrimary);
  auto result = primary_.submit({.parts = taken_over_, .number = ++primary.number}, step);
  if (result.ok()) {
    primary.submitted.store(primary.number, std::memory_order_release);
  } else if (result.error().code == ErrorCode::kCancelled) {
    drain();
    return cancelled();
  } else {
    fail(Lane::kPrimary, std::move(result).error());
  }
  return {};
}

// After a step that did not end well: nothing of it may still run.
void Executor::drain() {
  (void)primary_.finish(state(Lane::kPrimary).submitted.load(std::memory_order_relaxed));
  if (npu_ == nullptr || npu_failure_) return;
  (void)npu_->finish(state(Lane::kNpu).submitted.load(std::memory_order_relaxed));
}

}  // namespace tandem
