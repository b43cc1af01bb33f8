#include "runtime/step_schedule.h"

#include <string>
#include <utility>

namespace tandem {
namespace {

// `ffn_down` of `blk.7.ffn_down`: equal layers wait alike.
std::string role(const Op& op) { return op.layer < 0 ? op.name : op.name.substr(op.name.rfind('.') + 1); }

// Predicted time of batches [first, last) of a lane.
int64_t predicted_ns(const Schedule& schedule, size_t lane, uint32_t first, uint32_t last) {
  int64_t sum = 0;
  for (uint32_t b = first; b < last; ++b) {
    const ScheduledBatch& batch = schedule.batches[lane][b];
    for (uint32_t i = 0; i < batch.count; ++i) sum += schedule.parts[lane][batch.first + i].predicted_ns;
  }
  return sum;
}

}  // namespace

StepSchedule make_step_schedule(const Graph& graph, const Plan& plan, const StepShape& step,
                                WaitPredictor& predictor) {
  StepSchedule made{.schedule = make_schedule(graph, plan, step)};
  const Schedule& schedule = made.schedule;
  const auto role_of = [&](size_t lane, uint32_t part) {
    return role(graph.ops[static_cast<size_t>(schedule.parts[lane][part].op)]);
  };
  const auto planned = [&](size_t waiter, size_t awaited, const std::string& before, uint32_t from,
                           uint32_t to) {
    const ScheduledBatch& batch = schedule.batches[awaited][to - 1];
    const uint32_t last = batch.first + batch.count - 1;
    const std::string key = std::to_string(waiter) + " " + std::to_string(step.tokens) + " " + before +
                            " <- " + role_of(awaited, last);
    return PlannedWait{predictor.id(key), schedule.parts[awaited][last].op,
                       predicted_ns(schedule, awaited, from, to)};
  };
  for (size_t lane = 0; lane < kLanes; ++lane) {
    uint32_t waited = 0;
    for (const ScheduledBatch& batch : schedule.batches[lane]) {
      PlannedWait& wait = made.waits[lane].emplace_back();
      if (batch.wait_for == 0) continue;
      wait = planned(lane, 1 - lane, role_of(lane, batch.first), waited, batch.wait_for);
      waited = batch.wait_for;
    }
  }
  // At the end the primary's thread waits for both lanes.
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const auto batches = static_cast<uint32_t>(schedule.batches[lane].size());
    if (batches > 0) made.ends[lane] = planned(0, lane, "end", batches - 1, batches);
  }
  return made;
}

}  // namespace tandem
