// Turns the times of a simulation into a trace (docs/trace-format.md), origin "modeled".
#pragma once

#include <cstdint>
#include <string>

#include "simulate/lanes.h"
#include "simulate/simulate.h"
#include "trace/encoder.h"

namespace tandem {

class ModeledTrace {
 public:
  // All outlive it.
  ModeledTrace(const SimulateRequest& request, const Graph& graph, const Plan& plan);

  void begin_band(Track track, int32_t id, double at_us);
  void end_band(Track track, double at_us);
  void step(const Schedule& schedule, const StepShape& step, const StepRun& run);
  void sample(double begin_us, double end_us);
  // Writes the footer; `result` is whole but for the trace's own figures, which it gets here.
  void finish(SimulateResult& result, double end_us);

 private:
  void record(TraceRecord record);
  void lane(Lane lane, const Schedule& schedule, const StepShape& step, const StepRun& run);
  void joins(const Schedule& schedule, const StepShape& step, const StepRun& run);
  void flush(bool last);

  const SimulateRequest& request_;
  const Plan& plan_;
  TraceEncoder encoder_;
  std::array<uint32_t, kLanes> flows_ = {0, 0};  // Of batches so far.
  std::array<int64_t, kLanes> parts_ = {0, 0};
  int64_t events_ = 0, bytes_ = 0;
};

}  // namespace tandem
