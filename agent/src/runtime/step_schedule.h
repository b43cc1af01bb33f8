// The schedule of one step shape with what running it needs beside it, made once for shapes that repeat.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/schedule.h"
#include "runtime/wait_predictor.h"

namespace tandem {

// What is known of a wait before it begins.
struct PlannedWait {
  size_t id = 0;           // Of the predictor.
  OpId op = 0;             // Last op of the batch that is waited for.
  int64_t planned_ns = 0;  // What the plan predicts for the awaited lane's work since the wait before.
};

struct StepSchedule {
  Schedule schedule;
  std::array<std::vector<PlannedWait>, kLanes> waits;  // Of each batch; unused where it waits for nothing.
  std::array<PlannedWait, kLanes> ends;                // For each lane's last batch, at the end of the step.
};

[[nodiscard]] StepSchedule make_step_schedule(const Graph& graph, const Plan& plan, const StepShape& step,
                                              WaitPredictor& predictor);

}  // namespace tandem
