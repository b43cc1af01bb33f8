#include "simulate/modeled_json.h"

#include <cmath>
#include <map>
#include <utility>

#include "plan/json.h"

namespace tandem {
namespace {

// As hello has them, with what each can reach at best.
Json processors_json(const SimulateRequest& request, const Plan& plan) {
  Json list = Json::array();
  const auto add = [&](ProcessorKind kind, ProcessorRole role, const std::string& name, Json roof) {
    list.push_back({{"kind", processor_kind_name(kind)},
                    {"name", name},
                    {"state", processor_state_name(ProcessorState::kReady)},
                    {"role", processor_role_name(role)},
                    {"reason", nullptr},
                    {"features", Json::array()},
                    {"threads", 0},
                    {"roof", std::move(roof)}});
  };
  const SocDescription* soc = request.soc;
  const auto roof = [](double tflops, double gbps) {
    return Json{{"tflops", tflops}, {"gbps", gbps}, {"origin", "modeled"}};
  };
  add(plan.primary, ProcessorRole::kPrimary, soc == nullptr ? plan.cost_model : soc->gpu_name,
      soc == nullptr ? Json() : roof(soc->gpu.gemm_tflops, soc->memory.gpu_gbps));
  if (!plan.has_npu) return list;
  add(ProcessorKind::kNpu, ProcessorRole::kCoProcessor, soc == nullptr ? plan.cost_model : soc->npu_name,
      soc == nullptr ? Json() : roof(soc->npu.matmul_tflops, soc->memory.npu_gbps));
  return list;
}

}  // namespace

std::string modeled_header(const SimulateRequest& request, const Graph& graph, const Plan& plan) {
  Json header = request.trace->header.is_object() ? request.trace->header : Json::object();
  const HyperParameters& shape = graph.shape;
  std::map<std::string, int64_t> by_type;
  for (const Weight& weight : request.model.weights.table) {
    const TensorView& view = weight.view;
    by_type[std::string(type_traits(view.type).name)] +=
        view.rows * static_cast<int64_t>(row_bytes(view.type, static_cast<uint64_t>(view.columns)));
  }
  const std::string origin(origin_name(request.costs.origin()));
  const auto join_us = [&request](SyncMode mode) { return request.costs.sync(mode).join_us; };
  header.update({{"format", 1},
                 {"origin", "modeled"},
                 {"costs",
                  {{"name", plan.cost_model},
                   {"origin", origin},
                   {"joinUs", {{"fast", join_us(SyncMode::kFast)}, {"driver", join_us(SyncMode::kDriver)}}}}},
                 {"engine", engine_name(request.engine)},
                 {"processors", processors_json(request, plan)},
                 {"model",
                  {{"name", shape.name},
                   {"family", family_name(shape.family)},
                   {"path", ""},
                   {"layers", shape.layers},
                   {"parameters", request.model.parameters()},
                   {"weightBytesByType", by_type},
                   {"contextLength", shape.trained_context}}},
                 {"settings", {{"maxTokens", request.generated_tokens}, {"solver", to_json(plan.settings)}}},
                 {"prompt", {{"tokens", request.prompt_tokens}, {"text", ""}}},
                 {"plan", to_json(graph, request.model.weights, plan)}});
  if (request.soc != nullptr) {
    const SocDescription& soc = *request.soc;
    header["device"] = {{"cpu", soc.name}};  // Not the one that computed this.
    header["soc"] = {{"id", soc.id},
                     {"name", soc.name},
                     {"calibrated", soc.calibrated},
                     {"measured", soc.count(FieldOrigin::kMeasured)},
                     {"published", soc.count(FieldOrigin::kPublished)},
                     {"assumed", soc.count(FieldOrigin::kAssumed)}};
  }
  return json_text(header);
}

std::string modeled_footer(const SimulateRequest& request, ProcessorKind primary,
                           const std::array<int64_t, kLanes>& parts, const SimulateResult& result) {
  const PhaseResult& whole = result.whole;
  Json ran_on = Json::array();
  const double busy = whole.primary_busy_ms + whole.npu_busy_ms;
  const auto add = [&](ProcessorKind kind, Lane lane, double busy_ms) {
    if (parts[static_cast<size_t>(lane)] == 0) return;
    ran_on.push_back({{"processor", processor_kind_name(kind)},
                      {"ops", parts[static_cast<size_t>(lane)]},
                      {"ns", std::llround(busy_ms * 1e6)},
                      {"share", busy > 0 ? busy_ms / busy : 0.0}});
  };
  add(primary, Lane::kPrimary, whole.primary_busy_ms);
  add(ProcessorKind::kNpu, Lane::kNpu, whole.npu_busy_ms);
  return json_text({{"finish", "max-tokens"},
                    {"finishDetail", nullptr},
                    {"stats",
                     {{"promptTokens", request.prompt_tokens},
                      {"generatedTokens", request.generated_tokens},
                      {"cachedTokens", 0},
                      {"timeToFirstTokenMs", result.time_to_first_token_ms},
                      {"prefillMs", result.prefill.ms},
                      {"prefillTokensPerSecond", result.prefill.tokens_per_second},
                      {"decodeMs", result.decode.ms},
                      {"decodeTokensPerSecond", result.decode.tokens_per_second},
                      {"peakMemoryBytes", 0}}},
                    {"ranOn", std::move(ran_on)},
                    {"lost", {{"events", 0}, {"firstNs", 0}, {"lastNs", 0}}},
                    {"overheadPercent", 0.0},
                    {"text", ""},
                    {"clockErrorNs", {{"gpu", nullptr}, {"npu", nullptr}}},
                    {"notes", result.notes}});
}

}  // namespace tandem
