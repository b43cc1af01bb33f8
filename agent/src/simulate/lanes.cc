#include "simulate/lanes.h"

#include <algorithm>
#include <limits>

namespace tandem {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// One lane while the clock runs.
struct LaneState {
  uint32_t batch = 0;      // Next to be submitted.
  uint32_t submitted = 0;  // Parts in the queue so far.
  uint32_t started = 0;    // Parts begun so far; the last of them runs where `running`.
  uint32_t completed = 0;  // Batches.
  bool running = false;
  double left = 0;  // Of the running part, in us alone.
  double slowdown = 1;
  double control_free = 0;
  std::vector<double> completed_at;  // By batch.
};

class Clockwork {
 public:
  Clockwork(const Schedule& schedule, const StepShape& step, const SyncCosts& sync, double begin,
            PartCosts& costs, StepRun& run)
      : schedule_(schedule), step_(step), sync_(sync), costs_(costs), run_(run), now_(begin) {
    run_.begin = begin;
    run_.joins.clear();
    run_.busy = {0, 0};
    run_.both_busy = run_.exposed_sync = 0;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      run_.parts[lane].assign(schedule.parts[lane].size(), {});
      lanes_[lane].control_free = begin;
      lanes_[lane].completed_at.reserve(schedule.batches[lane].size());
    }
  }

  void run() {
    while (next_event()) {
    }
    end_step();
  }

 private:
  enum class Event { kFinish, kSubmit, kStart };

  // Parts end before others are submitted, and are submitted before they start: the order of the enum.
  bool next_event() {
    double at = kNever;
    Event event = Event::kFinish;
    Lane lane = Lane::kPrimary;
    for (const Event kind : {Event::kFinish, Event::kSubmit, Event::kStart}) {
      for (const Lane candidate : {Lane::kPrimary, Lane::kNpu}) {
        const double time = std::max(now_, when(kind, candidate));
        if (time < at) at = time, event = kind, lane = candidate;
      }
    }
    if (at == kNever) return false;
    advance(at);
    switch (event) {
      case Event::kFinish:
        finish(lane);
        break;
      case Event::kSubmit:
        submit(lane);
        break;
      case Event::kStart:
        start(lane);
        break;
    }
    return true;
  }

  [[nodiscard]] double when(Event event, Lane lane) const {
    const LaneState& state = lanes_[lane_index(lane)];
    switch (event) {
      case Event::kFinish:
        return state.running ? now_ + state.left * state.slowdown : kNever;
      case Event::kSubmit:
        return state.batch < schedule_.batches[lane_index(lane)].size() ? submit_time(lane) : kNever;
      case Event::kStart:
        if (state.running || state.started == state.submitted) return kNever;
        return run_.parts[lane_index(lane)][state.started].ready;
    }
    return kNever;
  }

  [[nodiscard]] double submit_time(Lane lane) const {
    const LaneState& state = lanes_[lane_index(lane)];
    const uint32_t awaited = schedule_.batches[lane_index(lane)][state.batch].wait_for;
    if (awaited == 0) return state.control_free;
    const LaneState& others = lanes_[lane_index(other(lane))];
    if (others.completed < awaited) return kNever;
    return std::max(state.control_free, others.completed_at[awaited - 1] + sync_.join_us);
  }

  void advance(double to) {
    const double passed = to - now_;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (!lanes_[lane].running) continue;
      lanes_[lane].left = std::max(0.0, lanes_[lane].left - passed / lanes_[lane].slowdown);
      run_.busy[lane] += passed;
    }
    if (lanes_[0].running && lanes_[1].running) run_.both_busy += passed;
    now_ = to;
  }

  void submit(Lane lane) {
    LaneState& state = lanes_[lane_index(lane)];
    const ScheduledBatch& batch = schedule_.batches[lane_index(lane)][state.batch];
    if (batch.wait_for > 0) add_join(lane, batch.wait_for);
    const bool drained = lane == Lane::kPrimary && !state.running && state.started == state.submitted;
    double control = now_;
    for (uint32_t i = 0; i < batch.count; ++i) {
      PartRun& part = run_.parts[lane_index(lane)][batch.first + i];
      part.submit_begin = control;
      control += drained && i == 0 ? sync_.drained_submit_us : sync_.submit_us;
      part.ready = control;
    }
    state.control_free = control;
    state.submitted += batch.count;
    ++state.batch;
  }

  void add_join(Lane lane, uint32_t awaited_batches) {
    const ScheduledBatch& awaited = schedule_.batches[lane_index(other(lane))][awaited_batches - 1];
    run_.joins.push_back({.lane = lane,
                          .awaited_lane = other(lane),
                          .awaited = awaited.first + awaited.count - 1,
                          .begin = lanes_[lane_index(lane)].control_free,
                          .seen = now_});
  }

  void start(Lane lane) {
    LaneState& state = lanes_[lane_index(lane)];
    const Part& part = schedule_.parts[lane_index(lane)][state.started];
    if (!lanes_[0].running && !lanes_[1].running && begins_waiting_batch(lane, state.started)) {
      run_.exposed_sync += now_ - last_end_;
    }
    run_.parts[lane_index(lane)][state.started].begin = now_;
    ++state.started;
    state.running = true;
    state.left = costs_.us(lane, part, step_);
    set_slowdowns();
  }

  [[nodiscard]] bool begins_waiting_batch(Lane lane, uint32_t part) const {
    const auto& batches = schedule_.batches[lane_index(lane)];
    const auto found = std::lower_bound(batches.begin(), batches.end(), part,
                                        [](const ScheduledBatch& b, uint32_t p) { return b.first < p; });
    return found != batches.end() && found->first == part && found->wait_for > 0;
  }

  void finish(Lane lane) {
    LaneState& state = lanes_[lane_index(lane)];
    state.running = false;
    run_.parts[lane_index(lane)][state.started - 1].end = now_;
    last_end_ = now_;
    const ScheduledBatch& batch = schedule_.batches[lane_index(lane)][state.completed];
    if (state.started == batch.first + batch.count) {
      ++state.completed;
      state.completed_at.push_back(now_);
    }
    set_slowdowns();
  }

  void set_slowdowns() {
    const bool both = lanes_[0].running && lanes_[1].running;
    for (const Lane lane : {Lane::kPrimary, Lane::kNpu}) {
      LaneState& state = lanes_[lane_index(lane)];
      if (!state.running) continue;
      state.slowdown = both ? costs_.slowdown(lane, running(lane), running(other(lane))) : 1.0;
    }
  }

  [[nodiscard]] const Part& running(Lane lane) const {
    return schedule_.parts[lane_index(lane)][lanes_[lane_index(lane)].started - 1];
  }

  // The primary's control thread waits for whatever ends last.
  void end_step() {
    const Lane last =
        lanes_[1].completed_at.empty() ? Lane::kPrimary
        : lanes_[0].completed_at.empty() || lanes_[1].completed_at.back() > lanes_[0].completed_at.back()
            ? Lane::kNpu
            : Lane::kPrimary;
    run_.end = std::max(lanes_[0].control_free, now_ + sync_.join_us);
    const auto parts = static_cast<uint32_t>(schedule_.parts[lane_index(last)].size());
    run_.joins.push_back({.lane = Lane::kPrimary,
                          .awaited_lane = last,
                          .awaited = parts == 0 ? 0 : parts - 1,
                          .begin = std::min(lanes_[0].control_free, run_.end),
                          .seen = run_.end});
    run_.exposed_sync += run_.end - now_;
  }

  const Schedule& schedule_;
  const StepShape& step_;
  const SyncCosts& sync_;
  PartCosts& costs_;
  StepRun& run_;
  double now_;
  double last_end_ = 0;
  std::array<LaneState, kLanes> lanes_;
};

}  // namespace

void run_lanes(const Schedule& schedule, const StepShape& step, const SyncCosts& sync, double begin,
               PartCosts& costs, StepRun& run) {
  Clockwork(schedule, step, sync, begin, costs, run).run();
}

}  // namespace tandem
