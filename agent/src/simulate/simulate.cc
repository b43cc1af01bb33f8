#include "simulate/simulate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "plan/solve.h"
#include "simulate/lanes.h"
#include "simulate/modeled_trace.h"

namespace tandem {
namespace {

constexpr int64_t kMostTokens = 65536;  // Of prompt and answer together.
constexpr int64_t kMostChunk = 4096;

Result<void> check(const SimulateRequest& request) {
  const auto refuse = [](const char* field, const std::string& expected) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string("The field ") + field + " has to be " + expected + ".",
                 {{"field", field}}};
  };
  if (request.prompt_tokens < 1) return refuse("promptTokens", "at least 1");
  if (request.generated_tokens < 0) return refuse("maxTokens", "at least 0");
  if (request.chunk_tokens < 1 || request.chunk_tokens > kMostChunk) {
    return refuse("chunkTokens", "from 1 to " + std::to_string(kMostChunk));
  }
  const int64_t most = std::min(kMostTokens, request.model.shape.trained_context);
  if (request.prompt_tokens > most || request.generated_tokens > most - request.prompt_tokens) {
    return refuse("promptTokens", "at most " + std::to_string(most) + " together with maxTokens");
  }
  return check_settings(request.settings);
}

// Numbers of tokens of the run's steps, ascending.
std::vector<int64_t> step_lengths(const SimulateRequest& request) {
  const int64_t chunk = request.chunk_tokens;
  std::set<int64_t> lengths = {1, std::min(request.prompt_tokens, chunk)};
  if (request.prompt_tokens > chunk && request.prompt_tokens % chunk > 0) {
    lengths.insert(request.prompt_tokens % chunk);
  }
  return {lengths.begin(), lengths.end()};
}

Result<Plan> make_plan(const SimulateRequest& request, const Graph& graph) {
  const ModelShape& model = request.model;
  if (request.engine == Engine::kTensor && request.costs.has_npu()) {
    return solve(graph, model.weights, request.costs, request.settings,
                 std::min(request.prompt_tokens, request.chunk_tokens));
  }
  return baseline_plan(graph, model.weights, request.costs, request.settings, request.engine, request.misfit,
                       step_lengths(request));
}

// Compiling the plan's graphs, equal shapes once; `online`: those of lengths that are not standard.
double compile_us(const SimulateRequest& request, const Graph& graph, const Plan& plan, bool online) {
  std::set<std::tuple<int64_t, int64_t, int64_t>> known;
  const std::vector<int64_t>& standard = plan.settings.standard_lengths;
  double us = 0;
  for (const GraphSpec& spec : plan.graphs) {
    const Op& op = graph.ops[static_cast<size_t>(spec.op)];
    const bool is_standard = std::find(standard.begin(), standard.end(), spec.tokens) != standard.end();
    if (is_standard == online || !known.emplace(spec.rows, op.k, spec.tokens).second) continue;
    us +=
        request.costs.compile_us({spec.tokens, spec.rows, op.k, request.model.weights.view(op.weight).type});
  }
  return us;
}

class Run {
 public:
  Run(const SimulateRequest& request, const SimulateHooks& hooks, const Graph& graph, const Plan& plan)
      : request_(request),
        hooks_(hooks),
        graph_(graph),
        plan_(plan),
        costs_(graph, request.model.weights, request.costs),
        sync_(request.costs.sync(request.settings.sync)),
        power_(request.costs.power()) {
    if (request.trace != nullptr) trace_ = std::make_unique<ModeledTrace>(request, graph, plan);
  }

  Result<void> prefill(double compile_us, PhaseResult& phase) {
    if (trace_) {
      trace_->begin_band(Track::kPhase, static_cast<int32_t>(Phase::kPrefill), now_);
      trace_->begin_band(Track::kToken, kPromptToken, now_);
    }
    now_ += compile_us;
    for (int64_t done = 0; done < request_.prompt_tokens;) {
      const int64_t tokens = std::min(request_.chunk_tokens, request_.prompt_tokens - done);
      const bool last = done + tokens == request_.prompt_tokens;
      const StepShape step{tokens, done, last ? 1 : 0};
      TANDEM_TRY(run_step(make_schedule(graph_, plan_, step), step, phase));
      done += tokens;
      if (hooks_.progress) hooks_.progress("prefill", done, request_.prompt_tokens);
    }
    if (trace_) trace_->end_band(Track::kToken, now_);
    end_phase(phase, 0);
    phase.tokens = request_.prompt_tokens;
    return {};
  }

  Result<void> decode(PhaseResult& phase, double& first_token_us) {
    const double began = now_;
    if (trace_) trace_->begin_band(Track::kPhase, static_cast<int32_t>(Phase::kDecode), now_);
    const Schedule schedule = make_schedule(graph_, plan_, {1, request_.prompt_tokens, 1});
    for (int64_t token = 0; token < request_.generated_tokens; ++token) {
      if (token > 0) {
        const StepShape step{1, request_.prompt_tokens + token - 1, 1};
        if (trace_) trace_->begin_band(Track::kToken, static_cast<int32_t>(token), now_);
        TANDEM_TRY(run_step(schedule, step, phase));
      }
      choose();
      if (token == 0) first_token_us = now_;
      if (token > 0 && trace_) trace_->end_band(Track::kToken, now_);
      if (hooks_.progress) hooks_.progress("decode", token + 1, request_.generated_tokens);
    }
    end_phase(phase, began);
    phase.tokens = phase.steps;
    return {};
  }

  void finish(SimulateResult& result) {
    if (trace_) trace_->finish(result, now_);
  }

 private:
  void end_phase(PhaseResult& phase, double began) {
    phase.ms = (now_ - began) / kUsPerMs;
    phase.energy_j += power_.idle_w * phase.ms / 1e3;
    if (trace_) trace_->end_band(Track::kPhase, now_);
  }

  void choose() {
    const double begin = now_;
    now_ += request_.soc == nullptr ? 0 : request_.soc->sync.sample_us;
    if (trace_) trace_->sample(begin, now_);
  }

  Result<void> run_step(const Schedule& schedule, const StepShape& step, PhaseResult& phase) {
    if (hooks_.cancel.cancelled()) {
      return Error{ErrorCode::kCancelled, "The simulation was stopped before its end.", {}};
    }
    run_lanes(schedule, step, sync_, now_, costs_, run_);
    now_ = run_.end;
    add_step(phase, run_, power_.known ? energy(schedule, step) : 0);
    if (trace_) trace_->step(schedule, step, run_);
    return {};
  }

  // On top of idle.
  [[nodiscard]] double energy(const Schedule& schedule, const StepShape& step) const {
    double bytes = 0;
    for (const auto& parts : schedule.parts) {
      for (const Part& part : parts) bytes += costs_.bytes(part, step);
    }
    return (power_.primary_w * run_.busy[0] + power_.npu_w * run_.busy[1]) / 1e6 +
           power_.memory_w_per_gbps * bytes / 1e9;
  }

  const SimulateRequest& request_;
  const SimulateHooks& hooks_;
  const Graph& graph_;
  const Plan& plan_;
  PartCosts costs_;
  SyncCosts sync_;
  Power power_;
  std::unique_ptr<ModeledTrace> trace_;
  StepRun run_;
  double now_ = 0;
};

void add_notes(const SimulateRequest& request, SimulateResult& result) {
  result.notes = result.plan.notes;
  if (request.soc != nullptr && !request.soc->calibrated) {
    result.notes.push_back(request.soc->name +
                           " is not calibrated: its constants are scaled from published figures, so take "
                           "these results as a rough guess.");
  }
  if (!request.costs.has_npu() && request.engine != Engine::kGpu) {
    result.notes.emplace_back("These costs have no NPU, so everything runs on the primary processor.");
  }
  if (request.costs.origin() == Origin::kMeasured) {
    result.notes.emplace_back("Costs of ops were measured on the device; the run itself is modeled.");
  }
  if (result.energy_known && request.soc != nullptr) {
    const SocDescription::PowerFigures& power = request.soc->power;
    const auto watts = [](double value) { return Json(value).dump() + " W"; };
    result.notes.push_back("Energy is modeled from assumed power: idle " + watts(power.idle_w) + ", GPU " +
                           watts(power.gpu_w) + ", NPU " + watts(power.npu_w) + ", memory " +
                           watts(power.memory_w_per_gbps) + " for each GB/s.");
  }
}

}  // namespace

Result<SimulateResult> simulate(const SimulateRequest& request, const SimulateHooks& hooks) {
  const auto began = std::chrono::steady_clock::now();
  TANDEM_TRY(check(request));
  const Graph graph = build_graph(request.model.shape, request.model.weights, InPlace::kResidual);
  SimulateResult result;
  TANDEM_ASSIGN(result.plan, make_plan(request, graph));
  result.cost_model = request.costs.name();
  result.calibrated =
      request.costs.origin() == Origin::kMeasured || (request.soc != nullptr && request.soc->calibrated);
  result.energy_known = request.costs.power().known;
  result.graphs = static_cast<int64_t>(result.plan.graphs.size());
  result.compile_ms = compile_us(request, graph, result.plan, false) / kUsPerMs;
  result.compile_in_run_ms = compile_us(request, graph, result.plan, true) / kUsPerMs;
  add_notes(request, result);

  Run run(request, hooks, graph, result.plan);
  TANDEM_TRY(run.prefill(result.compile_in_run_ms * kUsPerMs, result.prefill));
  double first_token_us = 0;
  TANDEM_TRY(run.decode(result.decode, first_token_us));
  result.time_to_first_token_ms = first_token_us / kUsPerMs;
  derive(result.prefill);
  derive(result.decode);
  result.whole = add_phases(result.prefill, result.decode);
  run.finish(result);
  result.simulate_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace tandem
