// What a simulated run did in its phases.
#pragma once

#include <cstdint>

#include "simulate/lanes.h"

namespace tandem {

// Prefill: the passes over the prompt. Decode: from the choice of the first token to that of the last.
struct PhaseResult {
  int64_t steps = 0, tokens = 0;
  double ms = 0;
  double tokens_per_second = 0;
  double overlap_percent = 0;       // Of the time in which a processor works, both do.
  double exposed_sync_percent = 0;  // Of the phase's time, nothing works because of a join.
  int64_t joins = 0;
  double primary_busy_ms = 0, npu_busy_ms = 0;
  double any_busy_ms = 0, both_busy_ms = 0, exposed_sync_ms = 0;
  double energy_j = 0;  // 0 where the costs state no power.
};

// Adds one step's times; `energy_j` is what it took on top of idle.
void add_step(PhaseResult& phase, const StepRun& run, double energy_j);
// Fills the rates and percentages from ms, tokens and sums.
void derive(PhaseResult& phase);
// Both phases of a run.
[[nodiscard]] PhaseResult add_phases(const PhaseResult& prefill, const PhaseResult& decode);

}  // namespace tandem
