// One step's schedule on modeled processors and a virtual clock. Each lane has a control thread that waits,
// submits in order and never blocks otherwise, and a processor that works its queue off in order.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/schedule.h"
#include "simulate/part_costs.h"

namespace tandem {

inline constexpr double kUsPerMs = 1e3;

// Times in us of the virtual clock, which begins with the run.
struct PartRun {
  double submit_begin = 0, ready = 0;  // The control thread queued it in this time.
  double begin = 0, end = 0;           // It ran.
};

struct JoinRun {
  Lane lane = Lane::kPrimary;  // Whose control thread waits.
  Lane awaited_lane = Lane::kNpu;
  uint32_t awaited = 0;        // Part of that lane whose end it waits for.
  double begin = 0, seen = 0;  // It waits, and knows.
};

struct StepRun {
  double begin = 0, end = 0;  // end: the primary's control thread knows that all is done.
  std::array<std::vector<PartRun>, kLanes> parts;
  std::vector<JoinRun> joins;
  std::array<double, kLanes> busy = {0, 0};
  double both_busy = 0;
  double exposed_sync = 0;  // Neither works, because of a join and the submission behind it.
};

// Runs the schedule from `begin` on; buffers of `run` are used again.
void run_lanes(const Schedule& schedule, const StepShape& step, const SyncCosts& sync, double begin,
               PartCosts& costs, StepRun& run);

}  // namespace tandem
