#include "rpc/plan_work.h"

#include <algorithm>

#include "base/clock.h"
#include "plan/json.h"
#include "plan/solve.h"
#include "rpc/about.h"
#include "rpc/costs.h"
#include "rpc/plan_outline.h"
#include "rpc/portable.h"
#include "rpc/trace_json.h"
#include "rpc/wire.h"
#include "simulate/simulate.h"

namespace tandem::rpc {
namespace {

constexpr int64_t kPrefillTokens = 256;

double tokens_per_second(const Plan& plan, int64_t tokens) {
  const LengthPlan& length = plan.at(tokens);
  return length.step_us > 0 ? static_cast<double>(length.length) * 1e6 / length.step_us : 0;
}

Json trace_report(const SimulateResult& result, bool traced) {
  if (!traced) return nullptr;
  return {
      {"bytes", result.trace_bytes}, {"events", result.trace_events}, {"lost", 0}, {"overheadPercent", 0}};
}

Json step_times(const Plan& plan) {
  Json steps = Json::array();
  for (const LengthPlan& span : plan.lengths) {
    steps.push_back({{"first", span.first},
                     {"last", span.last},
                     {"length", span.length},
                     {"stepUs", span.step_us},
                     {"primaryBusyUs", span.primary_busy_us},
                     {"npuBusyUs", span.npu_busy_us}});
  }
  return steps;
}

}  // namespace

Result<Json> solve_plan(const PlanSolveParams& params, SolveSources& sources) {
  TANDEM_ASSIGN(const ModelOutline* const model, sources.model(params.model));
  TANDEM_ASSIGN(const Costs* const costs, sources.costs(params.costs));
  const int64_t began = boottime_ns();
  TANDEM_ASSIGN(const Plan plan,
                solve(model->graph, model->weights, *costs->model, params.settings, params.max_tokens));
  const int64_t ended = boottime_ns();
  return Json{
      {"plan",
       to_json(model->graph, model->weights, params.lengths.empty() ? plan : plan_at(plan, params.lengths))},
      {"steps", step_times(plan)},
      {"solveMs", static_cast<double>(ended - began) / 1e6},
      {"prefillTokensPerSecond", tokens_per_second(plan, std::min(kPrefillTokens, plan.max_tokens()))},
      {"decodeTokensPerSecond", tokens_per_second(plan, 1)},
      {"calibrated", costs->calibrated}};
}

Result<Json> run_simulation(const SimulateParams& params, const System& system,
                            const SimulationHooks& hooks) {
  TANDEM_ASSIGN(const ModelOutline model, open_outline(params.model));
  TANDEM_ASSIGN(const Costs costs, open_costs(params.costs));
  const ModelShape shape{.shape = model.graph.shape, .weights = model.weights};
  ModeledTraceOptions trace;
  trace.header = {{"agent", {{"version", agent_version()}, {"target", agent_target()}}},
                  {"device", device_facts_json(system)},
                  {"startedAt", iso_time_now()},
                  {"context", parse_json(params.trace.context).value_or(nullptr)}};
  TANDEM_ASSIGN(const Json origin, plan_origin(params.model, *costs.model));
  trace.header.update(origin);
  trace.sink = hooks.trace;
  const bool traced = hooks.trace != nullptr;
  SimulateRequest request{.model = shape,
                          .costs = *costs.model,
                          .soc = costs.soc(),
                          .settings = params.settings,
                          .engine = params.engine,
                          .prompt_tokens = params.prompt_tokens,
                          .generated_tokens = params.max_tokens,
                          .trace = traced ? &trace : nullptr};
  SimulateHooks inner;
  inner.cancel = hooks.cancel;
  inner.progress = [&hooks](const std::string& stage, int64_t done, int64_t total) {
    if (hooks.progress) hooks.progress(stage, done, total);
  };
  TANDEM_ASSIGN(const SimulateResult result, simulate(request, inner));
  return Json{{"origin", origin_name(result.origin)},
              {"soc", costs.name},
              {"calibrated", costs.calibrated},
              {"prefillMs", result.prefill.ms},
              {"prefillTokensPerSecond", result.prefill.tokens_per_second},
              {"decodeMs", result.decode.ms},
              {"decodeTokensPerSecond", result.decode.tokens_per_second},
              {"timeToFirstTokenMs", result.time_to_first_token_ms},
              {"overlapPercent", result.whole.overlap_percent},
              {"exposedSyncPercent", result.whole.exposed_sync_percent},
              {"joins", result.whole.joins},
              {"primaryBusyMs", result.whole.primary_busy_ms},
              {"npuBusyMs", result.whole.npu_busy_ms},
              {"energy",
               {{"prefillJ", result.prefill.energy_j},
                {"decodeJ", result.decode.energy_j},
                {"known", result.energy_known}}},
              {"compileMs", result.compile_ms},
              {"graphs", result.graphs},
              {"simulateMs", result.simulate_ms},
              {"notes", result.notes},
              {"trace", trace_report(result, traced)}};
}

}  // namespace tandem::rpc
