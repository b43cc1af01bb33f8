#include "simulate/phases.h"

namespace tandem {

void add_step(PhaseResult& phase, const StepRun& run, double energy_j) {
  ++phase.steps;
  phase.joins += static_cast<int64_t>(run.joins.size());
  phase.primary_busy_ms += run.busy[0] / kUsPerMs;
  phase.npu_busy_ms += run.busy[1] / kUsPerMs;
  phase.both_busy_ms += run.both_busy / kUsPerMs;
  phase.any_busy_ms += (run.busy[0] + run.busy[1] - run.both_busy) / kUsPerMs;
  phase.exposed_sync_ms += run.exposed_sync / kUsPerMs;
  phase.energy_j += energy_j;
}

void derive(PhaseResult& phase) {
  if (phase.ms > 0) {
    phase.tokens_per_second = static_cast<double>(phase.tokens) / phase.ms * 1e3;
    phase.exposed_sync_percent = 100 * phase.exposed_sync_ms / phase.ms;
  }
  if (phase.any_busy_ms > 0) phase.overlap_percent = 100 * phase.both_busy_ms / phase.any_busy_ms;
}

PhaseResult add_phases(const PhaseResult& prefill, const PhaseResult& decode) {
  PhaseResult sum;
  sum.steps = prefill.steps + decode.steps;
  sum.tokens = prefill.tokens + decode.tokens;
  sum.ms = prefill.ms + decode.ms;
  sum.joins = prefill.joins + decode.joins;
  sum.primary_busy_ms = prefill.primary_busy_ms + decode.primary_busy_ms;
  sum.npu_busy_ms = prefill.npu_busy_ms + decode.npu_busy_ms;
  sum.any_busy_ms = prefill.any_busy_ms + decode.any_busy_ms;
  sum.both_busy_ms = prefill.both_busy_ms + decode.both_busy_ms;
  sum.exposed_sync_ms = prefill.exposed_sync_ms + decode.exposed_sync_ms;
  sum.energy_j = prefill.energy_j + decode.energy_j;
  derive(sum);
  sum.tokens_per_second = 0;
  return sum;
}

}  // namespace tandem
