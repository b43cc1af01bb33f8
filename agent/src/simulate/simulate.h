// A run of a model on modeled processors and a virtual clock: the executor's schedules (runtime/schedule.h),
// with times from a profile or a SoC description. Nothing is measured; shapes are enough.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "json/fields.h"
#include "plan/plan.h"
#include "profile/cost_model.h"
#include "profile/soc.h"
#include "simulate/engines.h"
#include "simulate/phases.h"
#include "simulate/shapes.h"

namespace tandem {

// A modeled trace: the same tracks and annotations as a measured one, origin "modeled".
struct ModeledTraceOptions {
  Json header;  // Fields of the header that the simulation does not know: agent, device, startedAt, context.
  std::function<void(std::string bytes, bool last)> sink;  // Whole packets, in order.
};

struct SimulateRequest {
  const ModelShape& model;
  const CostModel& costs;
  const SocDescription* soc = nullptr;  // Behind the costs; null: a measured profile.
  SolverSettings settings = {};
  Engine engine = Engine::kTensor;
  Misfit misfit = Misfit::kPad;  // Of the layer-level and NPU-only engines.
  int64_t prompt_tokens = 256;
  int64_t generated_tokens = 32;
  int64_t chunk_tokens = 512;  // Most tokens of one step of the prompt, at most 4096.
  const ModeledTraceOptions* trace = nullptr;
};

struct SimulateHooks {
  std::function<void(const std::string& stage, int64_t done, int64_t total)> progress;
  CancelToken cancel;
};

struct SimulateResult {
  Origin origin = Origin::kModeled;
  std::string cost_model;
  bool calibrated = false;  // The description's constants were measured on that SoC.
  Plan plan;
  PhaseResult prefill, decode, whole;  // whole.tokens_per_second stays 0.
  double time_to_first_token_ms = 0;
  bool energy_known = false;
  double compile_ms = 0;         // Of all NPU graphs of the plan, equal shapes once; before the run.
  double compile_in_run_ms = 0;  // Of graphs compiled when the prompt came; part of the prefill.
  int64_t graphs = 0;
  double simulate_ms = 0;  // Real time.
  std::vector<std::string> notes;
  int64_t trace_bytes = 0, trace_events = 0;
};

// Errors: invalid-argument (tokens, settings), cancelled.
[[nodiscard]] Result<SimulateResult> simulate(const SimulateRequest& request,
                                              const SimulateHooks& hooks = {});

}  // namespace tandem
